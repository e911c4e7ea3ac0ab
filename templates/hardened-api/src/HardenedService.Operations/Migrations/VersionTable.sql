create schema if not exists migrations;

create table if not exists migrations.version_info (
  version bigint not null,
  applied_at timestamptz not null,
  description text null,
  constraint version_info_pkey
    primary key (version)
);

-- The API is ready only on the schema that it was built for.
grant usage on schema migrations
  to hardened_service_app;
grant select on migrations.version_info
  to hardened_service_app;
