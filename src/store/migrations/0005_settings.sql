-- Up Migration

-- What a subscriber has set for itself, by kind and version; '*' has what holds for those who have set nothing.
create table settings (
  subscriber_id  text not null check (length(subscriber_id) between 1 and 64 and subscriber_id !~ '[:\s]'),
  kind           text not null check (kind ~ '^[a-z][A-Za-z]*$'),
  version        integer not null check (version > 0),
  document       text not null check (length(document) between 1 and 100000),
  created_by     text not null check (created_by ~ '\S'),
  reason         text not null check (reason ~ '\S'),
  created_at     timestamptz not null default now(),
  primary key (subscriber_id, kind, version)
);
create trigger append_only before update or delete on settings for each row execute function refuse_change();
create trigger no_truncate before truncate on settings execute function refuse_change();

-- Down Migration
drop table settings;
