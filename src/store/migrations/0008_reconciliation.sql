-- Up Migration

-- A posting's time stands on the posting too, so that a statement is read from one index, in order.
alter table postings add column at timestamptz;
alter table postings disable trigger append_only;
update postings p set at = t.at from ledger_transactions t where t.id = p.transaction_id;
alter table postings enable trigger append_only;
alter table postings alter column at set default now(), alter column at set not null;

drop index postings_by_account;
create index postings_by_account on postings (subscriber_id, account_kind, account_ref, currency, at, id)
  include (amount_minor);

-- What a payment holds back, and what of it is in transit, is what its status says, whichever statement wrote last.
create function check_payment_balances(subscriber text, reference text) returns void language plpgsql as $$
declare
  payment payments;
  off record;
begin
  select * into strict payment from payments where subscriber_id = subscriber and unique_reference = reference;
  select e.kind, coalesce(b.balance, 0) as balance, coalesce(b.currency, payment.currency) as currency, e.balance as expected
    into off
    from (values
           ('blocked', case when payment.status in ('blocked', 'held') then payment.amount_minor else 0 end),
           ('refundInTransit', case when payment.status in ('refunding', 'refundFailed') then payment.amount_minor else 0 end)
         ) as e (kind, balance)
    left join (
      select account_kind, currency, sum(amount_minor) as balance from postings
       where subscriber_id = subscriber and account_kind in ('blocked', 'refundInTransit') and account_ref = reference
       group by account_kind, currency having sum(amount_minor) <> 0) b on b.account_kind = e.kind
   where coalesce(b.balance, 0) <> e.balance or b.currency <> payment.currency
   limit 1;
  if found then
    raise exception 'payment % is % but its % balance is % % (expected % %)', reference, payment.status, off.kind,
      off.balance, off.currency, off.expected, payment.currency using errcode = 'check_violation';
  end if;
end $$;

create or replace function check_blocked_balance() returns trigger language plpgsql as $$
begin
  perform check_payment_balances(new.subscriber_id, new.unique_reference);
  return null;
end $$;

-- A posting belongs to its transaction: the same subscriber and time, and money held back only of that payment.
create or replace function check_posting_balances() returns trigger language plpgsql as $$
declare
  entry ledger_transactions;
begin
  select * into strict entry from ledger_transactions where id = new.transaction_id;
  if (select sum(amount_minor) from postings where transaction_id = new.transaction_id and currency = new.currency) <> 0
  then
    raise exception 'ledger transaction % does not sum to zero', new.transaction_id using errcode = 'check_violation';
  end if;
  if (new.subscriber_id, new.at) is distinct from (entry.subscriber_id, entry.at) then
    raise exception 'posting % has another subscriber or time than its ledger transaction %', new.id, entry.id
      using errcode = 'check_violation';
  end if;
  if new.account_kind in ('blocked', 'refundInTransit') then
    if new.account_ref <> entry.unique_reference then
      raise exception 'ledger transaction % is of payment % and cannot move %:%', entry.id, entry.unique_reference,
        new.account_kind, new.account_ref using errcode = 'check_violation';
    end if;
    perform check_payment_balances(new.subscriber_id, new.account_ref);
  end if;
  return null;
end $$;

-- What needs a person and is no held payment. Subscriber '*' has what belongs to none: a refund that only a gateway knows.
create table tasks (
  id              bigint generated always as identity primary key,
  subscriber_id   text not null check (length(subscriber_id) between 1 and 64),
  kind            text not null
    check (kind in ('refundFailed', 'missingHere', 'missingThere', 'amountDiffers', 'statusDiffers', 'chargedBack', 'stepFailed',
                    'inconsistent')),
  subject         text not null check (length(subject) between 1 and 500),
  summary         text not null check (summary ~ '\S'),
  -- What the summary was made of; the same again is nothing new.
  details         jsonb not null,
  opened_at       timestamptz not null default now(),
  closed_at       timestamptz,
  closed_by       text check (closed_by ~ '\S'),
  closing_reason  text check (closing_reason ~ '\S'),
  closed_by_hand  boolean,
  check ((closed_at is null) = (closed_by is null)),
  check ((closed_at is null) = (closing_reason is null)),
  check ((closed_at is null) = (closed_by_hand is null)),
  -- It is for the action that settles the refund to close it.
  check (not (kind = 'refundFailed' and closed_by_hand))
);
create unique index tasks_one_open on tasks (kind, subject, subscriber_id) where closed_at is null;
create index tasks_by_subject on tasks (kind, subject, subscriber_id, id);
create index tasks_by_subscriber on tasks (subscriber_id, id);

-- A task that was closed stays as it was closed: the same again is a new one.
create function check_task_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'task % is closed, never deleted', old.id using errcode = 'restrict_violation';
  end if;
  if old.closed_at is not null
     or (new.id, new.subscriber_id, new.kind, new.subject, new.opened_at)
        is distinct from (old.id, old.subscriber_id, old.kind, old.subject, old.opened_at) then
    raise exception 'task % never changes but by what is known of it and by its end', old.id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger task_change before update or delete on tasks for each row execute function check_task_change();
create trigger no_truncate before truncate on tasks execute function refuse_change();

-- One comparison of our refunds with a gateway's report.
create table reconciliation_runs (
  -- The Temporal run, and the gateway: a repeated step records nothing twice.
  run_id          text not null,
  gateway         text not null,
  window_from     timestamptz not null,
  window_to       timestamptz not null,
  matched         integer not null,
  missing_here    integer not null,
  missing_there   integer not null,
  amount_differs  integer not null,
  status_differs  integer not null,
  -- By outcome and currency.
  totals          jsonb not null,
  started_at      timestamptz not null,
  finished_at     timestamptz not null default now(),
  primary key (run_id, gateway),
  check (window_from < window_to)
);
create index reconciliation_runs_by_gateway on reconciliation_runs (gateway, finished_at);
create trigger append_only before update or delete on reconciliation_runs for each row execute function refuse_change();
create trigger no_truncate before truncate on reconciliation_runs execute function refuse_change();

create index refunds_by_submission on refunds (gateway, first_submitted_at);

-- How far the consistency check has come: round and round those under way, and once along those that have ended.
create table consistency_cursors (
  scan              text primary key check (scan in ('underWay', 'ended')),
  ended_at          timestamptz not null default '-infinity',
  subscriber_id     text not null default '',
  unique_reference  text not null default ''
);
insert into consistency_cursors (scan) values ('underWay'), ('ended');
create index payments_under_way on payments (subscriber_id, unique_reference) where ended_at is null;
create index payments_ended on payments (ended_at, subscriber_id, unique_reference) where ended_at is not null;

-- Down Migration
drop index payments_under_way, payments_ended, refunds_by_submission;
drop table consistency_cursors, reconciliation_runs, tasks;
drop function check_task_change;
create or replace function check_posting_balances() returns trigger language plpgsql as $$
begin
  if (select sum(amount_minor) from postings where transaction_id = new.transaction_id and currency = new.currency) <> 0
  then
    raise exception 'ledger transaction % does not sum to zero', new.transaction_id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create or replace function check_blocked_balance() returns trigger language plpgsql as $$
declare
  balance bigint;
  expected bigint := case when new.status in ('blocked', 'held') then new.amount_minor else 0 end;
begin
  select coalesce(sum(p.amount_minor), 0) into balance
    from postings p
   where p.subscriber_id = new.subscriber_id and p.account_kind = 'blocked'
     and p.account_ref = new.unique_reference and p.currency = new.currency;
  if balance <> expected then
    raise exception 'payment % is % but its blocked balance is % (expected %)',
      new.unique_reference, new.status, balance, expected using errcode = 'check_violation';
  end if;
  return null;
end $$;
drop function check_payment_balances;
drop index postings_by_account;
create index postings_by_account on postings (subscriber_id, account_kind, account_ref, currency);
alter table postings drop column at;
