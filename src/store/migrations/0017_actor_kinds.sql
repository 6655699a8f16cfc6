-- Up Migration
-- Who acts is a user, by name, or a part of this system: a user called "gateway" is not the gateway.
alter table audit add column actor_kind text not null default 'user' check (actor_kind in ('user', 'part'));
alter table audit disable trigger append_only;
update audit set actor_kind = 'part'
 where actor in ('rules', 'gateway', 'deadline', 'expiry', 'customer block', 'lifecycle', 'worker', 'delivery',
                 'reconciliation', 'consistency check');
alter table audit enable trigger append_only;
alter table audit alter column actor_kind drop default;

alter table refunds add column settled_by_kind text check (settled_by_kind in ('user', 'part'));
update refunds set settled_by_kind = case settled_by when 'gateway' then 'part' else 'user' end
 where settled_by is not null;
alter table refunds add constraint refunds_settled_by_check check ((settled_by is null) = (settled_by_kind is null));

-- Down Migration
alter table refunds drop constraint refunds_settled_by_check, drop column settled_by_kind;
alter table audit drop column actor_kind;
