-- Up Migration

-- The payments under way that a customer's block has sent to review: each is sent there once a block.
create table customer_block_holds (
  block_id          uuid not null references customer_blocks,
  unique_reference  text not null,
  primary key (block_id, unique_reference)
);

-- Recipients of a mail that it was taken for, or refused for good: an attempt goes to the others only.
alter table deliveries add column settled_recipients text[] not null default '{}';

alter table consistency_cursors drop constraint consistency_cursors_scan_check,
  add constraint consistency_cursors_scan_check check (scan in ('underWay', 'ended', 'customers'));
insert into consistency_cursors (scan) values ('customers');

-- Down Migration
delete from consistency_cursors where scan = 'customers';
alter table consistency_cursors drop constraint consistency_cursors_scan_check,
  add constraint consistency_cursors_scan_check check (scan in ('underWay', 'ended'));
alter table deliveries drop column settled_recipients;
drop table customer_block_holds;
