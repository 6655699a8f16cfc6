-- Up Migration
-- What of a blocked payment has gone back another way, or was never captured: only the rest can be refunded or released.
alter table payments add column elsewhere_minor bigint not null default 0,
  add constraint payments_elsewhere_check check (elsewhere_minor >= 0 and elsewhere_minor < amount_minor);

create table gone_elsewhere (
  subscriber_id     text not null,
  unique_reference  text not null,
  -- The gateway's own, or the bank's.
  reference         text not null check (reference ~ '\S'),
  amount_minor      bigint not null check (amount_minor > 0),
  operator          text not null,
  reason            text not null,
  at                timestamptz not null default now(),
  primary key (subscriber_id, unique_reference, reference),
  foreign key (subscriber_id, unique_reference) references payments
);
create index gone_elsewhere_by_reference on gone_elsewhere (reference);
create trigger append_only before update or delete on gone_elsewhere for each row execute function refuse_change();

alter table postings drop constraint postings_account_kind_check,
  add constraint postings_account_kind_check
    check (account_kind in ('customer', 'blocked', 'merchant', 'refundInTransit', 'paidOut', 'elsewhere'));

-- The balances are those of what is left.
create or replace function check_payment_balances(subscriber text, reference text)
 returns void
 language plpgsql
as $$
declare
  payment payments;
  off record;
begin
  select * into strict payment from payments where subscriber_id = subscriber and unique_reference = reference;
  select e.kind, coalesce(b.balance, 0) as balance, coalesce(b.currency, payment.currency) as currency, e.balance as expected
    into off
    from (values
           ('blocked', case when payment.status in ('blocked', 'held') then payment.amount_minor - payment.elsewhere_minor else 0 end),
           ('refundInTransit', case when payment.status in ('refunding', 'refundFailed') then payment.amount_minor - payment.elsewhere_minor else 0 end)
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

-- Down Migration
create or replace function check_payment_balances(subscriber text, reference text)
 returns void
 language plpgsql
as $$
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
alter table postings drop constraint postings_account_kind_check,
  add constraint postings_account_kind_check
    check (account_kind in ('customer', 'blocked', 'merchant', 'refundInTransit', 'paidOut')) not valid;
drop table gone_elsewhere;
alter table payments drop column elsewhere_minor;
