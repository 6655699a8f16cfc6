-- Up Migration

-- What a case shows of its customer and of what others were told.
create index payments_by_customer on payments (subscriber_id, customer_uuid, blocked_at) where customer_uuid is not null;
create index outbox_by_payment on outbox (subscriber_id, (payload ->> 'uniqueReference'), created_at)
  where payload ->> 'uniqueReference' is not null;

-- Down Migration
drop index outbox_by_payment, payments_by_customer;
