-- Up Migration

-- Who confirmed what another operator had proposed; null where one was enough. The keys are what the two names are
-- compared as (comparableName in src/domain/people.ts): lower() here would depend on the database's collation.
alter table unblocks
  add column confirmed_by text,
  add column operator_key text,
  add column confirmed_by_key text,
  add constraint four_eyes check (confirmed_by is null
    or operator_key is not null and confirmed_by_key is not null and operator_key <> confirmed_by_key);

-- Down Migration
alter table unblocks drop column confirmed_by, drop column operator_key, drop column confirmed_by_key;
