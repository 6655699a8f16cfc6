-- Up Migration
-- Keys of clients that block payments without the API: what they have signed is taken in.
create table client_keys (
  subscriber_id  text not null,
  name           text not null check (name ~ '^[A-Za-z0-9._-]{1,64}$'),
  public_key     text not null,
  added_by       text not null,
  added_at       timestamptz not null default now(),
  primary key (subscriber_id, name)
);

-- Down Migration
drop table client_keys;
