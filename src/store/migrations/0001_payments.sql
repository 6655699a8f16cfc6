-- Up Migration

-- Service subscribers' users: who may call, and what. One subscriber may have several.
create table service_accounts (
  user_id        text primary key check (length(user_id) between 1 and 255),
  subscriber_id  text not null check (length(subscriber_id) between 1 and 64 and subscriber_id !~ '[:\s]'),
  password_hash  text not null,
  scopes         text[] not null,
  status         text not null default 'active' check (status in ('active', 'inactive', 'locked')),
  created_at     timestamptz not null default now()
);

-- A caller's partnerReference is its idempotency key: the first use is claimed here, with a digest of the body.
create table partner_requests (
  subscriber_id      text not null,
  partner_reference  text not null check (length(partner_reference) between 1 and 64),
  operation          text not null check (operation in ('block', 'unblock')),
  unique_reference   text not null,
  body_digest        text not null,
  created_at         timestamptz not null default now(),
  primary key (subscriber_id, partner_reference)
);

create table payments (
  subscriber_id          text not null,
  unique_reference       text not null check (length(unique_reference) between 1 and 36),
  partner_reference      text not null,
  status                 text not null
    check (status in ('blocked', 'held', 'refunding', 'released', 'refunded', 'refundFailed')),
  amount_minor           bigint not null check (amount_minor > 0),
  currency               char(3) not null,
  customer_accno         text not null,
  merchant_accno         text not null,
  customer_uuid          text,
  invoice_guid           text not null,
  option_token           text not null,
  cc_type                text,
  cc_last_four           text check (length(cc_last_four) <= 16),
  card_holder            text,
  card_key               text,
  ip_address             text,
  customer_first_name    text,
  customer_last_name     text,
  cardholder_first_name  text,
  cardholder_last_name   text,
  online_payment         boolean not null,
  three_ds               boolean not null,
  local_date             text not null,
  local_time             text not null,
  disposition            text check (disposition in ('RELEASE', 'HOLD', 'REFUND')),
  reasons                text[] not null default '{}',
  review_due_at          timestamptz,
  decided_by             text check (decided_by in ('rules', 'operator', 'deadline')),
  blocked_at             timestamptz not null default now(),
  updated_at             timestamptz not null default now(),
  ended_at               timestamptz,
  primary key (subscriber_id, unique_reference),
  check ((ended_at is not null) = (status in ('released', 'refunded')))
);
create index payments_under_way_by_customer on payments (subscriber_id, customer_uuid) where ended_at is null;
create index payments_by_invoice on payments (subscriber_id, invoice_guid);
create index payments_under_way_by_card on payments (subscriber_id, card_key) where ended_at is null;

-- Double entry. A transaction is a set of postings that sum to zero; accounts are kind + reference.
create table ledger_transactions (
  id                bigint generated always as identity primary key,
  subscriber_id     text not null,
  unique_reference  text not null,
  -- What the transaction is, so that a repeated step cannot book twice: block, release, refund:<reference>:submitted …
  entry             text not null,
  at                timestamptz not null default now(),
  unique (subscriber_id, unique_reference, entry),
  foreign key (subscriber_id, unique_reference) references payments
);

create table postings (
  id              bigint generated always as identity primary key,
  transaction_id  bigint not null references ledger_transactions,
  subscriber_id   text not null,
  account_kind    text not null
    check (account_kind in ('customer', 'blocked', 'merchant', 'refundInTransit', 'paidOut')),
  account_ref     text not null,
  amount_minor    bigint not null check (amount_minor <> 0),
  currency        char(3) not null
);
create index postings_by_transaction on postings (transaction_id);
create index postings_by_account on postings (subscriber_id, account_kind, account_ref, currency);

create table decisions (
  id                uuid primary key default gen_random_uuid(),
  subscriber_id     text not null,
  -- The payment decided on; null for a rules call, which decides on an invoice.
  unique_reference  text,
  invoice_guid      text not null,
  rule_set_name     text not null,
  rule_set_version  integer not null,
  rule_set_hash     text not null,
  facts             jsonb not null,
  results           jsonb not null,
  response          jsonb not null,
  disposition       text not null check (disposition in ('RELEASE', 'HOLD', 'REFUND')),
  decided_at        timestamptz not null default now(),
  unique (subscriber_id, unique_reference)
);
create index decisions_by_invoice on decisions (subscriber_id, invoice_guid, decided_at);

-- What the velocity facts count: one narrow row per evaluation.
create table attempts (
  decision_id    uuid primary key references decisions,
  subscriber_id  text not null,
  invoice_guid   text not null,
  customer_key   text,
  card_key       text,
  ip_address     text,
  -- A rules call has no amount.
  amount_minor   bigint check (amount_minor > 0),
  currency       char(3),
  declined       boolean not null,
  at             timestamptz not null default now(),
  check ((amount_minor is null) = (currency is null))
);
create index attempts_by_invoice on attempts (subscriber_id, invoice_guid, at);
create index attempts_by_card on attempts (subscriber_id, card_key, at) where card_key is not null;
create index attempts_by_ip on attempts (subscriber_id, ip_address, at) where ip_address is not null;
create index attempts_by_customer on attempts (subscriber_id, customer_key, at) where customer_key is not null;

create table refunds (
  refund_reference    uuid primary key,
  subscriber_id       text not null,
  unique_reference    text not null,
  attempt             integer not null check (attempt > 0),
  gateway             text not null,
  idempotency_key     text not null unique,
  amount_minor        bigint not null check (amount_minor > 0),
  currency            char(3) not null,
  status              text not null check (status in ('RECEIVED', 'PENDING', 'CAPTURED', 'DECLINED', 'FAILED')),
  status_reason       text not null default '' check (length(status_reason) <= 255),
  gateway_reference   text,
  processed_minor     bigint,
  processed_currency  char(3),
  created_at          timestamptz not null default now(),
  first_submitted_at  timestamptz,
  settled_at          timestamptz,
  unique (subscriber_id, unique_reference, attempt),
  foreign key (subscriber_id, unique_reference) references payments,
  check ((processed_minor is null) = (processed_currency is null)),
  check ((status = 'CAPTURED') <= (processed_minor is not null))
);
-- Only a declined refund makes room for another: a payment has one refund that is, or may be, paid.
create unique index refunds_one_live on refunds (subscriber_id, unique_reference) where status <> 'DECLINED';

create table unblocks (
  subscriber_id      text not null,
  unique_reference   text not null,
  sequence           integer not null,
  -- The call that asked for it; null when an operator, the rules or the deadline did.
  partner_reference  text,
  decided_by         text not null check (decided_by in ('rules', 'operator', 'deadline')),
  operator           text not null,
  reason             text not null default '',
  refund_reference   uuid references refunds,
  at                 timestamptz not null default now(),
  primary key (subscriber_id, unique_reference, sequence),
  foreign key (subscriber_id, unique_reference) references payments
);
-- Not unique: an operator may write any partner_reference into a message, and that must not stop a payment.
create index unblocks_by_partner_reference on unblocks (subscriber_id, partner_reference) where partner_reference is not null;

create table customer_blocks (
  id             uuid primary key default gen_random_uuid(),
  subscriber_id  text not null,
  customer_uuid  text not null check (length(customer_uuid) between 1 and 64),
  online_payment boolean not null,
  three_ds       boolean not null,
  blocked_at     timestamptz not null default now(),
  expires_at     timestamptz,
  ended_at       timestamptz,
  ended_by       text,
  end_reason     text,
  check ((ended_at is null) = (ended_by is null))
);
create unique index customer_blocks_one_active on customer_blocks (subscriber_id, customer_uuid) where ended_at is null;

create table customer_block_cards (
  block_id      uuid not null references customer_blocks,
  subscriber_id text not null,
  cc_last_four  text not null check (length(cc_last_four) <= 16),
  cc_type       text not null default '',
  card_holder   text not null default '',
  -- last four + card holder, normalised; null where there are not four digits and a holder: then it matches nothing.
  card_key      text,
  added_at      timestamptz not null default now(),
  unique (block_id, cc_last_four, cc_type, card_holder)
);
create index customer_block_cards_by_key on customer_block_cards (subscriber_id, card_key);

create table customer_block_invoices (
  block_id      uuid not null references customer_blocks,
  subscriber_id text not null,
  invoice_guid  text not null,
  added_at      timestamptz not null default now(),
  primary key (block_id, invoice_guid)
);
create index customer_block_invoices_by_guid on customer_block_invoices (subscriber_id, invoice_guid);

create table audit (
  id             bigint generated always as identity primary key,
  subscriber_id  text not null,
  subject        text not null,
  action         text not null,
  actor          text not null,
  details        jsonb not null default '{}',
  at             timestamptz not null default now()
);
create index audit_by_subject on audit (subscriber_id, subject, id);

-- Events to notify of, written in the transaction of the change that they report.
create table outbox (
  event_id       uuid primary key default gen_random_uuid(),
  subscriber_id  text not null,
  event_type     text not null,
  payload        jsonb not null,
  created_at     timestamptz not null default now(),
  delivered_at   timestamptz,
  attempts       integer not null default 0,
  last_error     text
);
create index outbox_undelivered on outbox (created_at) where delivered_at is null;

-- Decisions, postings and audit are appended, never changed.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;
create trigger append_only before update or delete on decisions for each row execute function refuse_change();
create trigger append_only before update or delete on postings for each row execute function refuse_change();
create trigger append_only before update or delete on ledger_transactions for each row execute function refuse_change();
create trigger append_only before update or delete on audit for each row execute function refuse_change();
create trigger append_only before update or delete on attempts for each row execute function refuse_change();
create trigger no_truncate before truncate on decisions execute function refuse_change();
create trigger no_truncate before truncate on postings execute function refuse_change();
create trigger no_truncate before truncate on ledger_transactions execute function refuse_change();
create trigger no_truncate before truncate on audit execute function refuse_change();
create trigger no_truncate before truncate on attempts execute function refuse_change();

-- A ledger transaction sums to zero in every currency, and is whole when its database transaction commits.
create function check_transaction_balances() returns trigger language plpgsql as $$
begin
  if not exists (select from postings where transaction_id = new.id) then
    raise exception 'ledger transaction % has no postings', new.id using errcode = 'check_violation';
  end if;
  if exists (select from postings where transaction_id = new.id group by currency having sum(amount_minor) <> 0) then
    raise exception 'ledger transaction % does not sum to zero', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger balances after insert on ledger_transactions deferrable initially deferred
  for each row execute function check_transaction_balances();

create function check_posting_balances() returns trigger language plpgsql as $$
begin
  if (select sum(amount_minor) from postings where transaction_id = new.transaction_id and currency = new.currency) <> 0
  then
    raise exception 'ledger transaction % does not sum to zero', new.transaction_id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger balances after insert on postings deferrable initially deferred
  for each row execute function check_posting_balances();

-- A payment that has ended holds nothing back; one that has not, and is not being refunded, holds all of it.
create function check_blocked_balance() returns trigger language plpgsql as $$
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
create constraint trigger blocked_balance after insert or update of status on payments deferrable initially deferred
  for each row execute function check_blocked_balance();

-- A payment's status only moves along the lifecycle, and what was asked for never changes.
create function check_payment_change() returns trigger language plpgsql as $$
begin
  if (new.amount_minor, new.currency, new.customer_accno, new.merchant_accno, new.option_token)
     is distinct from (old.amount_minor, old.currency, old.customer_accno, old.merchant_accno, old.option_token) then
    raise exception 'amount, accounts and payment option of payment % never change', old.unique_reference
      using errcode = 'check_violation';
  end if;
  if new.status <> old.status and not (case old.status
       when 'blocked' then new.status in ('held', 'released', 'refunding')
       when 'held' then new.status in ('released', 'refunding')
       when 'refunding' then new.status in ('refunded', 'refundFailed', 'held')
       when 'refundFailed' then new.status in ('refunding', 'refunded', 'held')
       else false end) then
    raise exception 'payment % cannot go from % to %', old.unique_reference, old.status, new.status
      using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger payment_change before update on payments for each row execute function check_payment_change();

-- Down Migration
drop table outbox, audit, customer_block_invoices, customer_block_cards, customer_blocks, unblocks, refunds, attempts,
  decisions, postings, ledger_transactions, payments, partner_requests, service_accounts;
drop function refuse_change, check_transaction_balances, check_posting_balances, check_blocked_balance,
  check_payment_change;
