-- Up Migration
-- A refund that was given up while its gateway did not answer: it may have been paid. Until the gateway has answered, no
-- money of the payment moves unless two people agree.
alter table refunds add column is_unanswered boolean not null default false
  check (status = 'DECLINED' or not is_unanswered);

-- Down Migration
alter table refunds drop column is_unanswered;
