drop view identity.live_sessions;

create view identity.live_sessions
  with (security_invoker = true)
as
  select
    s.id,
    s.token_hash,
    s.account_id,
    s.epoch,
    s.transport,
    s.assurance,
    s.created_at,
    s.authenticated_at,
    s.last_seen_at,
    s.idle_timeout,
    s.expires_at,
    s.ip,
    s.user_agent,
    a.email,
    a.is_administrator
  from identity.sessions s
  join identity.accounts a on a.id = s.account_id
  cross join identity.session_epochs e
  where s.expires_at > now()
    and s.last_seen_at + s.idle_timeout > now()
    and s.epoch = a.session_epoch + e.epoch
    and a.disabled_at is null;

grant select on identity.live_sessions
  to hardened_service_app;

alter table identity.sessions
  drop column organization_id,
  drop column organization_role;

drop table tenancy.invitations, tenancy.members, tenancy.organizations;
drop function tenancy.guard_rows;
drop schema tenancy;
