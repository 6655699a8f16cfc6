-- Up Migration

-- Changes that take two people: nothing of one is in force before another person confirms it. The texts are JSON as it
-- was written, which the hash is over.
create table proposed_changes (
  id               bigint generated always as identity primary key,
  subscriber_id    text not null check (length(subscriber_id) between 1 and 64),
  kind             text not null,
  subject          text not null,
  summary          text not null check (summary ~ '\S'),
  content          text not null,
  before           text not null,
  hash             text not null check (hash ~ '^[0-9a-f]{32}$'),
  proposed_by      text not null check (proposed_by ~ '\S'),
  -- What a name is compared as (comparableName in src/domain/people.ts), as in unblocks.
  proposed_by_key  text not null,
  proposed_known   text,
  reason           text not null check (reason ~ '\S'),
  proposed_at      timestamptz not null,
  expires_at       timestamptz not null check (expires_at > proposed_at),
  state            text not null default 'open' check (state in ('open', 'confirmed', 'rejected', 'expired')),
  decided_by       text,
  decided_by_key   text,
  decided_at       timestamptz,
  decision_reason  text,
  -- A password's hash or a sealed secret, until it is confirmed or rejected.
  secret           text,
  constraint four_eyes check (state <> 'confirmed' or decided_by_key <> proposed_by_key),
  constraint ended check ((state = 'open') = (decided_at is null) and (state = 'open') = (decided_by is null)
    and (state = 'open') = (decided_by_key is null) and (state = 'open') = (decision_reason is null)
    and (state = 'open' or secret is null))
);
create index proposed_changes_by_subscriber on proposed_changes (subscriber_id, id desc);
create index proposed_changes_open on proposed_changes (expires_at) where state = 'open';

-- What is proposed never changes, and ends once.
create function keep_proposed_change() returns trigger language plpgsql as $$
begin
  if old.state <> 'open'
     or (old.id, old.subscriber_id, old.kind, old.subject, old.summary, old.content, old.before, old.hash,
         old.proposed_by, old.proposed_by_key, old.proposed_known, old.reason, old.proposed_at, old.expires_at)
        is distinct from
        (new.id, new.subscriber_id, new.kind, new.subject, new.summary, new.content, new.before, new.hash,
         new.proposed_by, new.proposed_by_key, new.proposed_known, new.reason, new.proposed_at, new.expires_at) then
    raise exception 'proposed change % never changes, and ends once', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger keep before update on proposed_changes for each row execute function keep_proposed_change();
create trigger no_delete before delete on proposed_changes for each row execute function refuse_change();
create trigger no_truncate before truncate on proposed_changes execute function refuse_change();

alter table tasks drop constraint tasks_kind_check,
  add constraint tasks_kind_check
    check (kind in ('refundFailed', 'missingHere', 'missingThere', 'amountDiffers', 'statusDiffers', 'chargedBack',
                    'mailUndelivered', 'stepFailed', 'inconsistent', 'changeProposed'));

-- Down Migration
delete from tasks where kind = 'changeProposed';
alter table tasks drop constraint tasks_kind_check,
  add constraint tasks_kind_check
    check (kind in ('refundFailed', 'missingHere', 'missingThere', 'amountDiffers', 'statusDiffers', 'chargedBack',
                    'mailUndelivered', 'stepFailed', 'inconsistent'));
drop table proposed_changes;
drop function keep_proposed_change;
