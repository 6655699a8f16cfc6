/** KontoCloud's response codes as far as they are used here (docs/contract.md, section 2). */
export const RESPONSE_CODES = {
  '0000': 'Successful execution.',
  '0001': 'Fields are missing or wrongly formatted',
  '0002': 'Invalid parameter supplied',
  '0003': 'The amount must be greater than 0.00',
  '0006': 'The operation could not be processed',
  '0007': 'A required parameter must not be empty',
  '0012': 'The parameter is already in use',
  '0015': "The payment status is different from 'Authorized'",
  '0018': 'Unknown user',
  '0019': 'The user is inactive',
  '0020': 'The user is locked',
  '0023': 'Unknown currency code',
} as const;

export type ResponseCode = keyof typeof RESPONSE_CODES;

/** A call that cannot be carried out, with the code that says why. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: 400 | 404 | 409;
  readonly responseCode: ResponseCode;

  /** @param detail what it is about and what to do, to be read after the code's own text */
  constructor(status: Refusal['status'], responseCode: ResponseCode, detail: string) {
    super(`${RESPONSE_CODES[responseCode]}: ${detail}`);
    this.status = status;
    this.responseCode = responseCode;
  }
}
