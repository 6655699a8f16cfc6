/** KontoCloud's response codes as far as they are used here (docs/contract.md, section 2). */
export type ResponseCode =
  | '0000'
  | '0001'
  | '0002'
  | '0003'
  | '0006'
  | '0007'
  | '0012'
  | '0015'
  | '0018'
  | '0019'
  | '0020'
  | '0023';

/** A call that cannot be carried out, with the code that says why. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: 400 | 404 | 409;
  readonly responseCode: ResponseCode;

  constructor(status: Refusal['status'], responseCode: ResponseCode, description: string) {
    super(description);
    this.status = status;
    this.responseCode = responseCode;
  }
}

/** 0002, in the lookups' words. @param why what is wrong with the parameter */
export function invalidParameter(status: Refusal['status'], parameter: string, why: string): Refusal {
  return new Refusal(status, '0002', `Invalid '${parameter}' supplied: ${why}.`);
}

/** 0012, in the lookups' words. @param help what it is in use for, and what to do */
export function alreadyInUse(parameter: string, help: string): Refusal {
  return new Refusal(409, '0012', `'${parameter}' already in use: ${help}.`);
}

/** 0015, in the lookups' words. @param why where the payment stands */
export function wrongStatus(why: string): Refusal {
  return new Refusal(409, '0015', `Payment status is different from 'Authorized': ${why}.`);
}
