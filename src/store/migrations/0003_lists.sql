-- Up Migration

-- Who and what is known: an entry says of one customer, card, address or name that it is blocked or allowed. An entry
-- is never deleted: that it was removed, when, by whom and why, is written on it.
create table list_entries (
  id              bigint generated always as identity primary key,
  subscriber_id   text not null check (length(subscriber_id) between 1 and 64),
  kind            text not null check (kind in ('customer', 'cardFingerprint', 'ip', 'card', 'name')),
  -- As it is compared: an address or network in one spelling, a keyed hash, a name without accents.
  value           text not null check (length(value) between 1 and 320),
  network         inet generated always as (case when kind = 'ip' then value::inet end) stored,
  verdict         text not null check (verdict in ('absoluteBlock', 'allow', 'block')),
  reason          text not null check (length(reason) between 1 and 500),
  added_by        text not null check (length(added_by) between 1 and 255),
  added_at        timestamptz not null default now(),
  expires_at      timestamptz,
  removed_at      timestamptz,
  removed_by      text,
  removal_reason  text,
  check ((removed_at is null) = (removed_by is null)),
  check ((removed_at is null) = (removal_reason is null))
);
-- Also what a decision looks entries up by. The value comes first, so that whatever Postgres believes of a table that has
-- just been imported into, no walk through all of a subscriber's entries can look as cheap.
create unique index list_entries_one_live on list_entries (value, kind, subscriber_id, verdict)
  where removed_at is null;
create index list_entries_by_network on list_entries using gist (network inet_ops)
  where removed_at is null and kind = 'ip';
-- Those that have expired, and are in the way of new ones.
create index list_entries_by_expiry on list_entries (subscriber_id, expires_at)
  where removed_at is null and expires_at is not null;
-- Page by page, newest first; not by subscriber first, for the reason above.
create index list_entries_by_id on list_entries (id, subscriber_id) where removed_at is null;

-- What an entry says never changes: a correction is a removal and a new entry, each with its actor and reason.
create function check_list_entry_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'list entry % is removed by setting removed_at, never deleted', old.id
      using errcode = 'restrict_violation';
  end if;
  if old.removed_at is not null
     or (new.id, new.subscriber_id, new.kind, new.value, new.verdict, new.reason, new.added_by, new.added_at,
         new.expires_at)
        is distinct from
        (old.id, old.subscriber_id, old.kind, old.value, old.verdict, old.reason, old.added_by, old.added_at,
         old.expires_at) then
    raise exception 'list entry % never changes but by its removal', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger list_entry_change before update or delete on list_entries
  for each row execute function check_list_entry_change();
create trigger no_truncate before truncate on list_entries execute function refuse_change();

-- Down Migration
drop table list_entries;
drop function check_list_entry_change;
