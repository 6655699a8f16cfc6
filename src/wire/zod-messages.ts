import type { z } from 'zod';

/** What zod has found wrong with a field, in words to be read after its name. */
export const zodMessages: z.core.$ZodErrorMap = (issue) => {
  const { code } = issue;
  if (code === 'invalid_type' || code === 'invalid_value') {
    if (issue.input === undefined) return 'is missing';
    if (code === 'invalid_value') return `is none of ${issue.values.map(String).join(', ')}`;
    return `must be ${WITH_ARTICLE[issue.expected] ?? issue.expected}`;
  }
  if (code === 'too_small') {
    if (issue.origin !== 'number') return 'must not be empty';
    return `must be ${issue.inclusive === true ? 'at least' : 'more than'} ${issue.minimum}`;
  }
  if (code === 'too_big') {
    if (issue.origin !== 'number') return `must not be longer than ${issue.maximum} characters`;
    return `must be at most ${issue.maximum}`;
  }
  return code === 'unrecognized_keys' ? `has what is not known here: ${issue.keys.join(', ')}` : undefined;
};

const WITH_ARTICLE: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  object: 'a JSON object',
};
