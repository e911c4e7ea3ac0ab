create schema tenancy;

create table tenancy.organizations (
  id uuid not null,
  name text not null,
  created_at timestamptz not null default now(),
  constraint organizations_pkey
    primary key (id),
  constraint organizations_name_length_check
    check (char_length(name) between 1 and 100)
);

create table tenancy.members (
  organization_id uuid not null,
  account_id uuid not null,
  role text not null,
  created_at timestamptz not null default now(),
  constraint members_pkey
    primary key (organization_id, account_id),
  -- What sessions refer to, so that they hold the role as it is: see below.
  constraint members_role_key
    unique (organization_id, account_id, role),
  constraint members_organization_id_fkey
    foreign key (organization_id) references tenancy.organizations (id) on delete cascade,
  constraint members_account_id_fkey
    foreign key (account_id) references identity.accounts (id) on delete cascade,
  constraint members_role_check
    check (role in ('owner', 'admin', 'member'))
);

create index members_account_id_idx
  on tenancy.members (account_id);

create table tenancy.invitations (
  id uuid not null,
  organization_id uuid not null,
  -- Whom it was mailed to. Nobody else can accept it.
  email text not null,
  normalized_email text not null,
  role text not null,
  -- A member, with whose membership it ends. Null for nobody in particular.
  invited_by uuid null,
  -- Only the hash of the mailed token is kept.
  token_hash bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint invitations_pkey
    primary key (id),
  constraint invitations_token_hash_key
    unique (token_hash),
  constraint invitations_normalized_email_key
    unique (organization_id, normalized_email),
  constraint invitations_organization_id_fkey
    foreign key (organization_id) references tenancy.organizations (id) on delete cascade,
  constraint invitations_invited_by_fkey
    foreign key (organization_id, invited_by) references tenancy.members (organization_id, account_id) on delete cascade,
  constraint invitations_email_length_check
    check (char_length(email) between 3 and 254),
  constraint invitations_role_check
    check (role in ('owner', 'admin', 'member')),
  constraint invitations_token_hash_length_check
    check (octet_length(token_hash) = 32),
  constraint invitations_expires_at_check
    check (expires_at > created_at)
);

create index invitations_normalized_email_idx
  on tenancy.invitations (normalized_email);

-- For the sweep of expired invitations.
create index invitations_expires_at_idx
  on tenancy.invitations (expires_at);

-- Everyone confirmed has an organization of their own; before the walls go up, behind which the owner of
-- the tables sees nothing either. The ids are UUIDv7.
-- safety-assured: part of the schema that a service begins with, on tables that are empty.
with founded as materialized (
  select
    a.id as account_id,
    encode(
      set_bit(set_bit(overlay(
        uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
        from 1 for 6), 52, 1), 53, 1),
      'hex')::uuid as organization_id
  from identity.accounts a
  where a.email_confirmed
), organizations as (
  insert into tenancy.organizations (id, name)
  select organization_id, 'Personal'
  from founded
)
insert into tenancy.members (organization_id, account_id, role)
select organization_id, account_id, 'owner'
from founded;

-- The organization that a session acts in, and the person's role there. The reference keeps both true: they
-- change with the membership, and go with it, in the same transaction.
-- safety-assured: a session is found by its token, before anybody knows an organization.
alter table identity.sessions
  add column organization_id uuid null,
  add column organization_role text null,
  add constraint sessions_organization_id_check
    check ((organization_id is null) = (organization_role is null)) not valid,
  add constraint sessions_member_fkey
    foreign key (organization_id, account_id, organization_role)
    references tenancy.members (organization_id, account_id, role)
    on update cascade
    on delete set null (organization_id, organization_role) not valid;
-- safety-assured: part of the schema that a service begins with, on tables that are empty.
alter table identity.sessions
  -- squawk-ignore constraint-missing-not-valid
  validate constraint sessions_organization_id_check,
  -- squawk-ignore constraint-missing-not-valid
  validate constraint sessions_member_fkey;

create or replace view identity.live_sessions
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
    a.is_administrator,
    s.organization_id,
    s.organization_role
  from identity.sessions s
  join identity.accounts a on a.id = s.account_id
  cross join identity.session_epochs e
  where s.expires_at > now()
    and s.last_seen_at + s.idle_timeout > now()
    and s.epoch = a.session_epoch + e.epoch
    and a.disabled_at is null;

-- The wall around a table of which every row is an organization's: only the rows of the transaction's
-- organization are there, for the table's owner too. What is inserted belongs to it. An organization that
-- is not set, or was set by a former user of the connection, is none: the nullif.
create function tenancy.guard_rows(guarded regclass)
  returns void
  language plpgsql
as $$
begin
  execute format(
    $alter$
    alter table %s
      alter column organization_id set not null,
      alter column organization_id set default nullif(current_setting('app.organization_id', true), '')::uuid,
      enable row level security,
      force row level security
    $alter$,
    guarded);
  execute format(
    $policy$
    create policy tenant on %s
      using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)
    $policy$,
    guarded);
end
$$;

revoke execute on function tenancy.guard_rows
  from public;

select tenancy.guard_rows('tenancy.members');
select tenancy.guard_rows('tenancy.invitations');

alter table tenancy.organizations
  enable row level security,
  force row level security;
create policy tenant on tenancy.organizations
  using (id = nullif(current_setting('app.organization_id', true), '')::uuid);

-- Who acts in no organization sees their own memberships, and what belongs to them: never both at once.
create policy own on tenancy.members
  for select
  using (
    nullif(current_setting('app.organization_id', true), '') is null
    and account_id = nullif(current_setting('app.user_id', true), '')::uuid
  );
create policy own on tenancy.organizations
  for select
  using (
    nullif(current_setting('app.organization_id', true), '') is null
    and exists (
      select
      from tenancy.members member
      where member.organization_id = organizations.id
        and member.account_id = nullif(current_setting('app.user_id', true), '')::uuid
    )
  );
create policy own on tenancy.invitations
  for select
  using (
    nullif(current_setting('app.organization_id', true), '') is null
    and exists (
      select
      from identity.accounts account
      where account.id = nullif(current_setting('app.user_id', true), '')::uuid
        and account.normalized_email = invitations.normalized_email
        and account.email_confirmed
    )
  );

-- Whoever deletes their account takes along what was sent to them. It deletes what "own" shows, and writes nothing.
create policy own_erasure on tenancy.invitations
  for delete
  using (
    nullif(current_setting('app.organization_id', true), '') is null
    and exists (
      select
      from identity.accounts account
      where account.id = nullif(current_setting('app.user_id', true), '')::uuid
        and account.normalized_email = invitations.normalized_email
        and account.email_confirmed
    )
  );

-- The sweep works for no organization, and sees nothing but what has expired.
create policy sweep on tenancy.invitations
  using (
    current_setting('app.sweep', true) = 'invitations'
    and expires_at <= now()
  );

grant usage on schema tenancy
  to hardened_service_app, hardened_service_operator;
grant select, insert, delete, update (name) on tenancy.organizations
  to hardened_service_app;
grant select, insert, delete, update (role) on tenancy.members
  to hardened_service_app;
grant select, insert, delete, update (id, email, normalized_email, role, invited_by, token_hash, created_at, expires_at) on tenancy.invitations
  to hardened_service_app;

-- An administrator whom the operator makes gets an organization, too.
grant insert on tenancy.organizations, tenancy.members
  to hardened_service_operator;
