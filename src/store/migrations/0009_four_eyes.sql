-- Up Migration

-- Who confirmed what another operator had proposed; null where one was enough.
alter table unblocks
  add column confirmed_by text,
  add constraint four_eyes check (lower(trim(confirmed_by)) <> lower(trim(operator)));

-- Down Migration
alter table unblocks drop column confirmed_by;
