-- Up Migration

alter table refunds
  -- Who said how it ended: the gateway, or the operator who found out.
  add column settled_by   text,
  -- When the gateway took back what it had paid: the refund is then declined.
  add column reversed_at  timestamptz check (reversed_at is null or status = 'DECLINED');
-- A gateway's own messages may name a refund by the gateway's reference only.
create index refunds_by_gateway_reference on refunds (gateway, gateway_reference) where gateway_reference is not null;

-- A payment whose refund was reversed after its end is held again.
create or replace function check_payment_change() returns trigger language plpgsql as $$
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
       when 'refunded' then new.status = 'held'
       else false end) then
    raise exception 'payment % cannot go from % to %', old.unique_reference, old.status, new.status
      using errcode = 'check_violation';
  end if;
  return new;
end $$;

-- Down Migration
create or replace function check_payment_change() returns trigger language plpgsql as $$
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
drop index refunds_by_gateway_reference;
alter table refunds drop column settled_by, drop column reversed_at;
