-- Up Migration

-- Who confirmed what another operator had proposed, and what the two names are compared as, as in unblocks.
alter table gone_elsewhere
  add column confirmed_by text,
  add column operator_key text,
  add column confirmed_by_key text,
  add constraint four_eyes check (confirmed_by is null
    or operator_key is not null and confirmed_by_key is not null and operator_key <> confirmed_by_key);

-- Down Migration
alter table gone_elsewhere drop column confirmed_by, drop column operator_key, drop column confirmed_by_key;
