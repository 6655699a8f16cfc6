import { define } from './define.ts';
import { BY, parserOfSignature } from './message.ts';

export const PAUSE_REVIEW_EXAMPLE = `{${BY}, "reason": "the customer sends papers"}`;

export const pauseReview = define({
  name: 'pauseReview',
  effect: "Stop the review's clock",
  example: PAUSE_REVIEW_EXAMPLE,
  parse: parserOfSignature(PAUSE_REVIEW_EXAMPLE),
  refusal: (current, _command, now) =>
    current.refusalOfReviewCommand() ??
    current.decisions.refusalOfClock() ??
    current.review.refusalOfPause(now),
  accept: (current, command, now) => current.review.onPause(command, now),
  part: 'review',
  isDone: (current) => !current.review.isQueued('pauseReview'),
});
