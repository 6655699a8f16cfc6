-- Up Migration
-- Seals of the audit: each stands for every entry since the one before it, and for that one, so that an entry that is
-- changed, removed or inserted later is found, by the owner of the database too.
create table audit_seals (
  last_id  bigint primary key,
  entries  bigint not null check (entries > 0),
  hash     text not null,
  at       timestamptz not null default now()
);
create trigger append_only before update or delete on audit_seals for each row execute function refuse_change();
create trigger no_truncate before truncate on audit_seals execute function refuse_change();

-- Down Migration
drop table audit_seals;
