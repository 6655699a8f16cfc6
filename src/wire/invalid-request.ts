import type { z } from 'zod';

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

/** Every problem that zod found, by field. */
export function invalidRequest(error: z.ZodError): InvalidRequest {
  return new InvalidRequest(
    error.issues.map((issue) => ({
      field: issue.path.length === 0 ? 'body' : issue.path.join('.'),
      text: issue.message,
      ...(issue.code === 'too_small' && issue.origin !== 'number' ? { empty: true } : {}),
    })),
  );
}
