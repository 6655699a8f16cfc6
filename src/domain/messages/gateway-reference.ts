import { isLongerThan } from '../text.ts';
import { type Parsed, readText, refuse } from './message.ts';

/** Stands in examples where the gateway's reference goes, and is refused. */
export const EXAMPLE_REFERENCE = 'its reference there';
const LONGEST_REFERENCE = 255;

/**
 * Reads the reference under which the gateway, or the bank, has a movement of money.
 * @param problems what is said where there is none, and where it is still the example
 */
export function readGatewayReference(
  input: unknown,
  example: string,
  problems: { readonly missing: string; readonly isExample: string },
): Parsed<string> {
  const value = readText(input);
  if (value === undefined) return refuse(problems.missing, example);
  if (value === EXAMPLE_REFERENCE) return refuse(problems.isExample, example);
  return isLongerThan(value, LONGEST_REFERENCE)
    ? refuse(`gatewayReference is longer than ${LONGEST_REFERENCE} characters`, example)
    : { ok: true, value };
}
