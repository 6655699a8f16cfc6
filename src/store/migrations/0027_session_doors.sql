-- Up Migration
-- A session of the command line begins in a browser: it is taken over with a code, by the command that has sent the
-- challenge (RFC 7636, S256), and is good for nothing before.
alter table person_sessions
  add column door text not null default 'desk' check (door in ('desk', 'cli')),
  add column challenge text;

-- Down Migration
delete from person_sessions where door = 'cli';
alter table person_sessions drop column challenge, drop column door;
