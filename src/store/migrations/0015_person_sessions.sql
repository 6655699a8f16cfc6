-- Up Migration

-- People who have signed in by the log-in provider. Of the cookie only a hash is kept.
create table person_sessions (
  session_hash   bytea primary key check (length(session_hash) = 32),
  issuer         text not null,
  subject        text not null,
  name           text not null check (length(name) between 1 and 100),
  subscriber_id  text not null,
  roles          text[] not null,
  started_at     timestamptz not null default now(),
  expires_at     timestamptz not null,
  ended_at       timestamptz
);
create index on person_sessions (name) where ended_at is null;

-- Down Migration
drop table person_sessions;
