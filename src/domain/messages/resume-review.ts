import { define } from './define.ts';
import { BY, parserOfSignature } from './message.ts';

export const RESUME_REVIEW_EXAMPLE = `{${BY}, "reason": "the papers are here"}`;

export const resumeReview = define({
  name: 'resumeReview',
  effect: 'Let the clock of a paused review go on',
  example: RESUME_REVIEW_EXAMPLE,
  parse: parserOfSignature(RESUME_REVIEW_EXAMPLE),
  refusal: (current) =>
    current.refusalOfReviewCommand() ??
    current.decisions.refusalOfClock() ??
    current.review.refusalOfResume(),
  accept: (current, command) => current.review.onResume(command),
  part: 'review',
  isDone: (current) => !current.review.isQueued('resumeReview'),
});
