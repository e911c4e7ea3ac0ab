create schema invoices;

create table invoices.invoices (
  id uuid not null,
  organization_id uuid not null,
  title text not null,
  created_at timestamptz not null default now(),
  version bigint not null default 1,
  constraint invoices_pkey
    primary key (id),
  constraint invoices_organization_id_fkey
    foreign key (organization_id) references tenancy.organizations (id) on delete cascade,
  constraint invoices_title_length_check
    check (char_length(title) between 1 and 100),
  constraint invoices_version_check
    check (version > 0)
);

-- Each row is an organization's, and invisible to all others.
select tenancy.guard_rows('invoices.invoices');

-- For lists: the organization comes first, then what they are ordered by.
create index invoices_organization_id_idx
  on invoices.invoices (organization_id, id);

grant usage on schema invoices
  to hardened_service_app, hardened_service_operator;
grant select, insert, delete, update (title, version) on invoices.invoices
  to hardened_service_app;
