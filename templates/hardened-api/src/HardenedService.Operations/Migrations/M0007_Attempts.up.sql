-- How often something was tried since a window began. A row whose window is over counts as none.
create table platform.attempt_windows (
  -- SHA-256 over the limit's name and whom it counts for, which can be an address.
  id bytea not null,
  attempts integer not null,
  ends_at timestamptz not null,
  constraint attempt_windows_pkey
    primary key (id),
  constraint attempt_windows_id_length_check
    check (octet_length(id) = 32),
  constraint attempt_windows_attempts_check
    check (attempts >= 0)
)
-- Counted up all the time, in place: no index holds what changes but ends_at, once a window.
with (fillfactor = 80);

-- For the sweep of windows that are over.
create index attempt_windows_ends_at_idx
  on platform.attempt_windows (ends_at);

-- Where an account has signed in from: an IPv4 address, or an IPv6 /64.
create table identity.known_networks (
  account_id uuid not null,
  network cidr not null,
  last_used_at timestamptz not null default now(),
  constraint known_networks_pkey
    primary key (account_id, network),
  constraint known_networks_account_id_fkey
    foreign key (account_id) references identity.accounts (id) on delete cascade
);

-- For the sweep of networks that were not used for long.
create index known_networks_last_used_at_idx
  on identity.known_networks (last_used_at);

grant select, insert, update, delete on platform.attempt_windows, identity.known_networks
  to hardened_service_app;
