-- Up Migration

-- A version without a document sets nothing: what stands beneath holds again.
alter table settings alter column document drop not null;

-- Down Migration
delete from settings where document is null;
alter table settings alter column document set not null;
