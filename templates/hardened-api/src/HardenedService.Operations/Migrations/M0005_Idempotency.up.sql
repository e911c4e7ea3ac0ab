create table platform.idempotency_keys (
  -- SHA-256 over organization, person, method, path and key.
  id bytea not null,
  user_id uuid not null,
  -- SHA-256 over the payload.
  fingerprint bytea not null,
  status integer not null,
  headers jsonb not null,
  body bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint idempotency_keys_pkey
    primary key (id),
  constraint idempotency_keys_user_id_fkey
    foreign key (user_id) references identity.accounts (id) on delete cascade,
  constraint idempotency_keys_id_length_check
    check (octet_length(id) = 32),
  constraint idempotency_keys_fingerprint_length_check
    check (octet_length(fingerprint) = 32),
  constraint idempotency_keys_status_check
    check (status between 200 and 499),
  constraint idempotency_keys_headers_check
    check (jsonb_typeof(headers) = 'object'),
  constraint idempotency_keys_expires_at_check
    check (expires_at > created_at)
);

create index idempotency_keys_user_id_idx
  on platform.idempotency_keys (user_id);

-- For the sweep of expired keys.
create index idempotency_keys_expires_at_idx
  on platform.idempotency_keys (expires_at);

-- A key and its answer are never changed. The sweep locks the rows that it deletes, for which PostgreSQL wants
-- the right to update at least one column.
grant select, insert, delete, update (expires_at) on platform.idempotency_keys
  to hardened_service_app;
