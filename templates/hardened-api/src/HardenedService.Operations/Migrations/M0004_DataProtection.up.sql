create table platform.data_protection_keys (
  id integer not null generated always as identity,
  friendly_name text not null,
  xml text not null,
  created_at timestamptz not null default now(),
  constraint data_protection_keys_pkey
    primary key (id),
  constraint data_protection_keys_friendly_name_key
    unique (friendly_name)
);

-- Keys are added, never changed: an old one still opens what it once sealed.
grant select, insert on platform.data_protection_keys
  to hardened_service_app;
