-- Up Migration

-- What a review is about to lists and reports: the lifecycle writes it, and never reads it back.
alter table payments
  -- When it last went into review; kept after the end, for how long a decision took.
  add column held_at       timestamptz,
  add column assigned_to   text,
  -- The group that it was escalated to.
  add column escalated_to  text,
  add column paused_at     timestamptz;
create index payments_in_review on payments (subscriber_id, review_due_at) where status in ('held', 'refundFailed');
create index payments_by_time on payments (subscriber_id, blocked_at);

-- Down Migration
drop index payments_in_review, payments_by_time;
alter table payments drop column held_at, drop column assigned_to, drop column escalated_to, drop column paused_at;
