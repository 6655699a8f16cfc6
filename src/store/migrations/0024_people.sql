-- Up Migration
-- Everybody who has ever signed in. A name is compared like four eyes compares it, and belongs to one person at a time.
create table people (
  issuer             text not null,
  subject            text not null,
  name               text not null check (length(name) between 1 and 100),
  comparable_name    text not null,
  memberships        jsonb not null,
  first_signed_in_at timestamptz not null default now(),
  last_signed_in_at  timestamptz not null default now(),
  removed_at         timestamptz,
  removed_by         text,
  removal_reason     text,
  primary key (issuer, subject),
  check ((removed_at is null) = (removed_by is null) and (removed_at is null) = (removal_reason is null))
);
create unique index people_name on people (comparable_name) where removed_at is null;
create unique index people_subject on people (subject) where removed_at is null;

-- Name and roles of a session are those of its person. The columns go with the next release.
alter table person_sessions alter column name drop not null, alter column roles drop not null;
drop index person_sessions_name_idx;
create index on person_sessions (issuer, subject) where ended_at is null;

-- Down Migration
delete from person_sessions where name is null;
drop index person_sessions_issuer_subject_idx;
create index on person_sessions (name) where ended_at is null;
alter table person_sessions alter column name set not null, alter column roles set not null;
drop table people;
