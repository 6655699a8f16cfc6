-- Up Migration

-- The filters of the queue that a person keeps under a name, for each subscriber whose desk they work at.
create table saved_views (
  subscriber_id  text not null,
  issuer         text not null,
  subject        text not null,
  name           text not null check (length(name) between 1 and 60),
  query          text not null check (length(query) <= 2000),
  saved_at       timestamptz not null default now(),
  primary key (subscriber_id, issuer, subject, name),
  foreign key (issuer, subject) references people (issuer, subject)
);

-- Down Migration
drop table saved_views;
