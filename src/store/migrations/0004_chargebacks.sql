-- Up Migration

-- What the card holder's bank took back later: the truth that a backtest measures rules by.
create table chargebacks (
  id                bigint generated always as identity primary key,
  subscriber_id     text not null,
  unique_reference  text not null,
  -- The reporter's own reference: the same report twice is one chargeback.
  reference         text not null check (length(reference) between 1 and 64),
  amount_minor      bigint not null check (amount_minor > 0),
  currency          char(3) not null,
  reason            text not null check (length(reason) between 1 and 255),
  reported_at       timestamptz not null default now(),
  unique (subscriber_id, reference),
  foreign key (subscriber_id, unique_reference) references payments
);
create index chargebacks_by_payment on chargebacks (subscriber_id, unique_reference);

create trigger append_only before update or delete on chargebacks for each row execute function refuse_change();
create trigger no_truncate before truncate on chargebacks execute function refuse_change();

-- A backtest reads decisions in the order of their time.
create index decisions_by_time on decisions (decided_at, id);

-- Down Migration
drop index decisions_by_time;
drop table chargebacks;
