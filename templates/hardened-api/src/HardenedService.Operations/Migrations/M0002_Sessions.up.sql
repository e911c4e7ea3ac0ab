-- One row. Raising its epoch ends all sessions of everybody at once.
create table identity.session_epochs (
  id boolean not null default true,
  epoch integer not null default 0,
  constraint session_epochs_pkey
    primary key (id),
  constraint session_epochs_id_check
    check (id),
  constraint session_epochs_epoch_check
    check (epoch >= 0)
);

insert into identity.session_epochs (id)
values (true);

create table identity.sessions (
  id uuid not null,
  token_hash bytea not null,
  account_id uuid not null,
  -- The sum of the account's epoch and everybody's when the session began. Both only grow: a session is
  -- alive as long as the sum is the same.
  epoch integer not null,
  transport text not null,
  assurance text not null,
  created_at timestamptz not null default now(),
  authenticated_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  idle_timeout interval not null,
  expires_at timestamptz not null,
  ip inet null,
  user_agent text null,
  constraint sessions_pkey
    primary key (id),
  constraint sessions_token_hash_key
    unique (token_hash),
  constraint sessions_account_id_fkey
    foreign key (account_id) references identity.accounts (id) on delete cascade,
  constraint sessions_token_hash_length_check
    check (octet_length(token_hash) = 32),
  constraint sessions_transport_check
    check (transport in ('cookie', 'bearer')),
  constraint sessions_assurance_check
    check (assurance in ('password', 'mfa', 'passkey')),
  constraint sessions_user_agent_length_check
    check (char_length(user_agent) <= 512),
  constraint sessions_expires_at_check
    check (expires_at > created_at)
)
-- last_seen_at changes all the time. Room on the page, and no index on that column, keep the change
-- a heap-only update, which touches no index.
with (fillfactor = 80);

create index sessions_account_id_idx
  on identity.sessions (account_id);

-- For the sweep of expired sessions.
create index sessions_expires_at_idx
  on identity.sessions (expires_at);

-- What is alive, in one place: by time, by the epochs, and by the account. Every look-up goes through it.
create view identity.live_sessions
  with (security_invoker = true)
as
  select
    s.*,
    a.email,
    a.is_administrator
  from identity.sessions s
  join identity.accounts a on a.id = s.account_id
  cross join identity.session_epochs e
  where s.expires_at > now()
    and s.last_seen_at + s.idle_timeout > now()
    and s.epoch = a.session_epoch + e.epoch
    and a.disabled_at is null;

grant select, insert, update, delete on identity.sessions
  to hardened_service_app;
grant update on identity.session_epochs
  to hardened_service_operator;
grant select on identity.session_epochs, identity.live_sessions
  to hardened_service_app;
