create schema identity;

create table identity.accounts (
  id uuid not null,
  email text not null,
  normalized_email text not null,
  email_confirmed boolean not null default false,
  password_hash text not null,
  mfa_enabled boolean not null default false,
  is_administrator boolean not null default false,
  disabled_at timestamptz null,
  -- A backup from before the account was deleted has been restored: it is to be deleted again.
  erasure_due boolean not null default false,
  -- Raising it ends all sessions of the account at once: see identity.sessions.
  session_epoch integer not null default 0,
  security_stamp text not null,
  concurrency_stamp text not null,
  created_at timestamptz not null default now(),
  constraint accounts_pkey
    primary key (id),
  constraint accounts_normalized_email_key
    unique (normalized_email),
  constraint accounts_email_length_check
    check (char_length(email) between 3 and 254),
  constraint accounts_session_epoch_check
    check (session_epoch >= 0)
);

-- Tokens that work once: those that travel by mail, and the tickets of a sign-in or a passkey ceremony that
-- is under way. Only the hash is kept: who reads this table can redeem none.
create table identity.one_time_tokens (
  id uuid not null,
  token_hash bytea not null,
  purpose text not null,
  -- Null while nobody has said who they are: a sign-in by passkey.
  account_id uuid null,
  -- The address that it was mailed to; null for a ticket.
  email text null,
  -- What the ceremony has to remember.
  state text null,
  tries integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint one_time_tokens_pkey
    primary key (id),
  constraint one_time_tokens_token_hash_key
    unique (token_hash),
  constraint one_time_tokens_account_id_fkey
    foreign key (account_id) references identity.accounts (id) on delete cascade,
  constraint one_time_tokens_token_hash_length_check
    check (octet_length(token_hash) = 32),
  constraint one_time_tokens_purpose_check
    check (purpose in ('confirm', 'reset', 'change_email', 'mfa', 'passkey_creation', 'passkey_assertion')),
  constraint one_time_tokens_email_check
    check ((email is not null) = (purpose in ('confirm', 'reset', 'change_email'))),
  constraint one_time_tokens_account_id_check
    check (account_id is not null or purpose = 'passkey_assertion'),
  constraint one_time_tokens_state_length_check
    check (char_length(state) <= 8192),
  constraint one_time_tokens_tries_check
    check (tries >= 0),
  constraint one_time_tokens_expires_at_check
    check (expires_at > created_at)
);

-- Of mailed ones there is one for each purpose: a newer one replaces the older.
create unique index one_time_tokens_account_id_purpose_key
  on identity.one_time_tokens (account_id, purpose)
  where email is not null;
create index one_time_tokens_account_id_idx
  on identity.one_time_tokens (account_id);

-- For the sweeps of accounts that were never confirmed, and of expired tokens.
create index accounts_created_at_idx
  on identity.accounts (created_at)
  where not email_confirmed;
create index accounts_erasure_due_idx
  on identity.accounts (id)
  where erasure_due;
create index one_time_tokens_expires_at_idx
  on identity.one_time_tokens (expires_at);

grant usage on schema identity
  to hardened_service_app;
grant select, insert, update, delete on identity.one_time_tokens
  to hardened_service_app;

-- Who is an administrator, and who is disabled, the API reads and never writes.
grant
  select,
  insert (id, email, normalized_email, email_confirmed, password_hash, mfa_enabled, security_stamp, concurrency_stamp),
  update (email, normalized_email, email_confirmed, password_hash, mfa_enabled, session_epoch, security_stamp, concurrency_stamp),
  delete
  on identity.accounts
  to hardened_service_app;

-- What the operator's console does to accounts.
grant insert, update (email, email_confirmed, password_hash, is_administrator, disabled_at, erasure_due, session_epoch, security_stamp, concurrency_stamp) on identity.accounts
  to hardened_service_operator;
