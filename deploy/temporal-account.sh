#!/bin/sh
# The account by which Temporal uses Postgres: it has no rights in the application's database. May be repeated.
set -eu

psql --quiet --set ON_ERROR_STOP=1 --set "password=$TEMPORAL_DATABASE_PASSWORD" <<'SQL'
select 'create role temporal' where not exists (select from pg_roles where rolname = 'temporal') \gexec
alter role temporal login createdb password :'password';
SQL
