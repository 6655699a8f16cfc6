-- Up Migration
-- How it is known who acts: a name that was typed is vouched for by no one.
alter table audit
  add column known_by text check (known_by in ('typed', 'service', 'signedIn', 'principal')),
  add column door text check (door in ('temporal', 'desk', 'api', 'cli'));
alter table audit disable trigger append_only;
update audit set known_by = 'typed' where actor_kind = 'user';
alter table audit enable trigger append_only;
alter table audit add constraint audit_known_of_users check ((actor_kind = 'user') = (known_by is not null));

-- Down Migration
alter table audit drop constraint audit_known_of_users, drop column known_by, drop column door;
