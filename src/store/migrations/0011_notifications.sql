-- Up Migration

-- Where a subscriber's events are sent to. A removed endpoint stays, for what was sent to it.
create table webhook_endpoints (
  endpoint_id         uuid primary key,
  subscriber_id       text not null check (length(subscriber_id) between 1 and 64),
  url                 text not null check (length(url) between 1 and 2000),
  -- Null: every event that the subscriber's preferences send.
  event_types         text[] check (cardinality(event_types) > 0),
  -- Sealed under SECRETS_KEY. While the secret before it is still good, both sign.
  secret              text not null,
  previous_secret     text,
  previous_expires_at timestamptz,
  created_by          text not null check (created_by ~ '\S'),
  created_at          timestamptz not null default now(),
  disabled_at         timestamptz,
  disabled_reason     text,
  removed_at          timestamptz,
  check ((previous_secret is null) = (previous_expires_at is null)),
  check ((disabled_at is null) = (disabled_reason is null))
);
create index webhook_endpoints_by_subscriber on webhook_endpoints (subscriber_id, created_at) where removed_at is null;

-- The deliveries of an event: to people by mail, or to one endpoint. Each is sent once, and has a state of its own.
create table deliveries (
  delivery_id      uuid primary key default gen_random_uuid(),
  event_id         uuid not null references outbox,
  channel          text not null check (channel in ('email', 'webhook')),
  endpoint_id      uuid references webhook_endpoints,
  state            text not null default 'pending' check (state in ('pending', 'delivered', 'failed', 'cancelled')),
  attempts         integer not null default 0,
  -- While it is attempted: when it is taken to be lost with its worker.
  next_attempt_at  timestamptz not null default now(),
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  check ((channel = 'webhook') = (endpoint_id is not null))
);
create unique index deliveries_once on deliveries (event_id, endpoint_id) nulls not distinct;
create index deliveries_due on deliveries (endpoint_id, next_attempt_at) where state = 'pending';
create index deliveries_delivered on deliveries (endpoint_id, updated_at) where state = 'delivered';

-- What came of each attempt.
create table delivery_attempts (
  id           bigint generated always as identity primary key,
  delivery_id  uuid not null references deliveries,
  at           timestamptz not null,
  duration_ms  integer not null check (duration_ms >= 0),
  status_code  integer,
  -- Null: it was taken.
  error        text,
  -- The beginning of what was answered.
  answer       text check (length(answer) <= 500)
);
create index delivery_attempts_by_delivery on delivery_attempts (delivery_id, id);
create trigger append_only before update or delete on delivery_attempts for each row execute function refuse_change();
create trigger no_truncate before truncate on delivery_attempts execute function refuse_change();

-- Whether its recipients are settled; the outcome is with each delivery.
alter table outbox add column fanned_out_at timestamptz;
update outbox set fanned_out_at = delivered_at where delivered_at is not null;
drop index outbox_undelivered;
alter table outbox drop column delivered_at, drop column attempts, drop column last_error;
create index outbox_to_fan_out on outbox (created_at) where fanned_out_at is null;
create index outbox_by_subscriber on outbox (subscriber_id, created_at, event_id);

-- Down Migration
drop index outbox_by_subscriber, outbox_to_fan_out;
alter table outbox add column delivered_at timestamptz, add column attempts integer not null default 0,
  add column last_error text;
update outbox set delivered_at = fanned_out_at;
create index outbox_undelivered on outbox (created_at) where delivered_at is null;
alter table outbox drop column fanned_out_at;
drop table delivery_attempts, deliveries, webhook_endpoints;
