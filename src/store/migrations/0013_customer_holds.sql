-- Up Migration

-- The payments under way that a customer's block has sent to review: each is sent there once a block.
create table customer_block_holds (
  block_id          uuid not null references customer_blocks,
  unique_reference  text not null,
  primary key (block_id, unique_reference)
);

-- How a chargeback ended; without a row it is open. A chargeback that was won or withdrawn has taken nothing.
create table chargeback_ends (
  subscriber_id  text not null,
  reference      text not null,
  outcome        text not null check (outcome in ('won', 'lost', 'withdrawn')),
  reason         text not null check (length(reason) between 1 and 255),
  reported_at    timestamptz not null default now(),
  primary key (subscriber_id, reference),
  foreign key (subscriber_id, reference) references chargebacks (subscriber_id, reference)
);
create trigger append_only before update or delete on chargeback_ends for each row execute function refuse_change();
create trigger no_truncate before truncate on chargeback_ends execute function refuse_change();

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
drop table chargeback_ends;
drop table customer_block_holds;
