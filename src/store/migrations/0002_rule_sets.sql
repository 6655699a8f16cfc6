-- Up Migration

-- Rule sets by version. Subscriber '*' has the default beneath all: it decides where a subscriber has activated none.
create table rule_sets (
  id             uuid primary key default gen_random_uuid(),
  subscriber_id  text not null check (length(subscriber_id) between 1 and 64 and subscriber_id !~ '[:\s]'),
  name           text not null,
  version        integer not null check (version > 0),
  -- SHA-256 of the document: what a decision names as the rule set that made it.
  hash           text not null check (hash ~ '^[0-9a-f]{64}$'),
  document       text not null check (length(document) between 1 and 1000000),
  state          text not null default 'draft' check (state in ('draft', 'shadow', 'active', 'retired')),
  created_by     text not null check (created_by ~ '\S'),
  created_at     timestamptz not null default now(),
  -- Of the last time it became the active one.
  activated_by   text,
  activated_at   timestamptz,
  check ((activated_by is null) = (activated_at is null)),
  check ((state = 'active') <= (activated_at is not null)),
  unique (subscriber_id, hash),
  unique (subscriber_id, name, version)
);
create unique index rule_sets_one_active on rule_sets (subscriber_id) where state = 'active';
create unique index rule_sets_one_shadow on rule_sets (subscriber_id) where state = 'shadow';

-- A version is what it was added as, for ever: decisions point to it. Only its state moves.
create function check_rule_set_change() returns trigger language plpgsql as $$
begin
  if (new.id, new.subscriber_id, new.name, new.version, new.hash, new.document, new.created_by, new.created_at)
     is distinct from
     (old.id, old.subscriber_id, old.name, old.version, old.hash, old.document, old.created_by, old.created_at) then
    raise exception 'version % of rule set % never changes: add a new version', old.version, old.name
      using errcode = 'restrict_violation';
  end if;
  if new.state <> old.state and not (case old.state
       when 'draft' then new.state in ('shadow', 'active', 'retired')
       when 'shadow' then new.state in ('draft', 'active', 'retired')
       when 'active' then new.state = 'retired'
       else new.state in ('shadow', 'active') end) then
    raise exception 'version % of rule set % cannot go from % to %', old.version, old.name, old.state, new.state
      using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger rule_set_change before update on rule_sets for each row execute function check_rule_set_change();
create trigger never_deleted before delete on rule_sets for each row execute function refuse_change();

-- What the version in shadow would have decided, beside each decision that was made. It never acts.
create table shadow_decisions (
  decision_id    uuid primary key references decisions,
  subscriber_id  text not null,
  rule_set_id    uuid not null references rule_sets,
  -- Only what the decision's own facts do not have: the shadow's aggregates and lists.
  facts          jsonb,
  results        jsonb,
  response       jsonb,
  disposition    text check (disposition in ('RELEASE', 'HOLD', 'REFUND')),
  -- What would have been otherwise, and the rules responsible; null where nothing would.
  difference     jsonb,
  -- Why the shadow came to no decision; then everything else is null.
  fault          text,
  at             timestamptz not null default now(),
  check ((fault is null) = (facts is not null)),
  check ((fault is null) = (results is not null)),
  check ((fault is null) = (response is not null)),
  check ((fault is null) = (disposition is not null)),
  check (fault is null or difference is null)
);
create index shadow_decisions_by_rule_set on shadow_decisions (rule_set_id, at);
create index shadow_decisions_that_differ on shadow_decisions (rule_set_id, at) where difference is not null;
create trigger append_only before update or delete on shadow_decisions for each row execute function refuse_change();

-- Down Migration
drop table shadow_decisions, rule_sets;
drop function check_rule_set_change;
