-- Up Migration

-- The queue's three orders, each ending in the reference, so that a page begins where the one before it ended. A paused
-- review has no due time; what has none comes last.
create index reviews_by_due on payments
  (subscriber_id, coalesce(case when paused_at is null then review_due_at end, 'infinity'), unique_reference)
  where status in ('held', 'refundFailed');
create index reviews_by_age on payments (subscriber_id, coalesce(held_at, blocked_at), unique_reference)
  where status in ('held', 'refundFailed');
create index reviews_by_amount on payments (subscriber_id, currency, (-amount_minor), unique_reference)
  where status in ('held', 'refundFailed');
-- The first of them does its work.
drop index payments_in_review;

-- What the statistics of the last days count.
create index payments_by_hold on payments (subscriber_id, held_at) where held_at is not null;
create index payments_ended_after_review on payments (subscriber_id, ended_at) include (status)
  where ended_at is not null and held_at is not null;
create index unblocks_by_time on unblocks (subscriber_id, at);

-- Down Migration
drop index unblocks_by_time, payments_ended_after_review, payments_by_hold, reviews_by_amount, reviews_by_age,
  reviews_by_due;
create index payments_in_review on payments (subscriber_id, review_due_at) where status in ('held', 'refundFailed');
