-- Up Migration
-- How strongly, and when, a person has last proven to the log-in provider who they are (claims acr and auth_time).
alter table person_sessions
  add column acr text,
  add column authenticated_at timestamptz,
  add check ((acr is null) = (authenticated_at is null));

-- Down Migration
alter table person_sessions drop column acr, drop column authenticated_at;
