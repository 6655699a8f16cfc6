/** One field of a request that cannot be taken as it is. */
export interface FieldProblem {
  /** As the documents name it, with a dot into an object: "paymentOption.token"; "body" for all of it. */
  readonly field: string;
  /** What is wrong with it, to be read after the field's name: "is missing". */
  readonly text: string;
  /** A required text that is there but empty: KontoCloud has a code of its own for it. */
  readonly empty?: boolean;
}

/** The request cannot be understood; every problem found is named. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
  readonly problems: readonly FieldProblem[];

  constructor(problems: readonly FieldProblem[]) {
    super(listProblems(problems));
    this.problems = problems;
  }
}

/** The problems as one line: "partnerReference is missing; localTime is not a time (HHMMSS)". */
export function listProblems(problems: readonly FieldProblem[]): string {
  return problems.map(({ field, text }) => `${field} ${text}`).join('; ');
}

/** Nobody knows who is calling, or who calls may not use the service at all. */
export class NotAuthenticated extends Error {
  override readonly name = 'NotAuthenticated';
  readonly reason: 'none' | 'wrong' | 'inactive' | 'locked';

  constructor(reason: NotAuthenticated['reason']) {
    super(
      {
        none: 'no credentials were given',
        wrong: 'the credentials are wrong or have expired',
        inactive: 'the user is inactive',
        locked: 'the user is locked',
      }[reason],
    );
    this.reason = reason;
  }
}

/** The caller is known, and not allowed this call. */
export class ScopeMissing extends Error {
  override readonly name = 'ScopeMissing';

  constructor(scope: string) {
    super(`the scope ${scope} is missing`);
  }
}
