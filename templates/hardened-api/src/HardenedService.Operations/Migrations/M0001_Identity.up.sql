create schema identity;

create table identity.accounts (
  id uuid not null,
  email text not null,
  normalized_email text not null,
  email_confirmed boolean not null default false,
  password_hash text not null,
  mfa_enabled boolean not null default false,
  security_stamp text not null,
  concurrency_stamp text not null,
  created_at timestamptz not null default now(),
  constraint accounts_pkey
    primary key (id),
  constraint accounts_normalized_email_key
    unique (normalized_email),
  constraint accounts_email_length_check
    check (char_length(email) between 3 and 254)
);

-- Only the hash is kept: who reads this table can redeem no token.
create table identity.mailed_tokens (
  id uuid not null,
  token_hash bytea not null,
  account_id uuid not null,
  purpose text not null,
  email text not null,
  tries integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint mailed_tokens_pkey
    primary key (id),
  constraint mailed_tokens_token_hash_key
    unique (token_hash),
  -- One token for each purpose: a newer one replaces the older.
  constraint mailed_tokens_account_id_purpose_key
    unique (account_id, purpose),
  constraint mailed_tokens_account_id_fkey
    foreign key (account_id) references identity.accounts (id) on delete cascade,
  constraint mailed_tokens_token_hash_length_check
    check (octet_length(token_hash) = 32),
  constraint mailed_tokens_purpose_check
    check (purpose in ('confirm')),
  constraint mailed_tokens_tries_check
    check (tries >= 0),
  constraint mailed_tokens_expires_at_check
    check (expires_at > created_at)
);

-- For the sweeps of accounts that were never confirmed, and of expired tokens.
create index accounts_created_at_idx
  on identity.accounts (created_at)
  where not email_confirmed;
create index mailed_tokens_expires_at_idx
  on identity.mailed_tokens (expires_at);

grant usage on schema identity
  to hardened_service_app;
grant select, insert, update, delete on identity.accounts, identity.mailed_tokens
  to hardened_service_app;
