-- One for each account. It counts from enabled_at on; until then it is being set up.
create table identity.totp_factors (
  account_id uuid not null,
  -- Encrypted by the key ring.
  secret bytea not null,
  -- The step of the code that was used last: no code of it, or of one before it, works again.
  last_step bigint not null default 0,
  created_at timestamptz not null default now(),
  enabled_at timestamptz null,
  constraint totp_factors_pkey
    primary key (account_id),
  constraint totp_factors_account_id_fkey
    foreign key (account_id) references identity.accounts (id) on delete cascade
);

-- For the sweep of those that were never enabled.
create index totp_factors_pending_idx
  on identity.totp_factors ((case when enabled_at is null then created_at end));

-- A code that was used is deleted. Only the hash is kept: who reads this table can use none.
create table identity.recovery_codes (
  account_id uuid not null,
  code_hash bytea not null,
  created_at timestamptz not null default now(),
  constraint recovery_codes_pkey
    primary key (account_id, code_hash),
  constraint recovery_codes_account_id_fkey
    foreign key (account_id) references identity.accounts (id) on delete cascade,
  constraint recovery_codes_code_hash_length_check
    check (octet_length(code_hash) = 32)
);

create table identity.passkeys (
  id uuid not null,
  account_id uuid not null,
  credential_id bytea not null,
  -- In COSE's encoding (RFC 9052).
  public_key bytea not null,
  name text null,
  sign_count bigint not null,
  transports text[] not null,
  is_backup_eligible boolean not null,
  is_backed_up boolean not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz null,
  constraint passkeys_pkey
    primary key (id),
  constraint passkeys_credential_id_key
    unique (credential_id),
  constraint passkeys_account_id_fkey
    foreign key (account_id) references identity.accounts (id) on delete cascade,
  constraint passkeys_credential_id_length_check
    check (octet_length(credential_id) between 1 and 1023),
  constraint passkeys_name_length_check
    check (char_length(name) between 1 and 100),
  constraint passkeys_sign_count_check
    check (sign_count between 0 and 4294967295)
);

create index passkeys_account_id_idx
  on identity.passkeys (account_id);

grant select, insert, update, delete on identity.totp_factors, identity.recovery_codes, identity.passkeys
  to hardened_service_app;
