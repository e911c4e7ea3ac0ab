-- The last good backup, and the last restore that was verified. Who never did either has no row.
create table platform.recoveries (
  kind text not null,
  completed_at timestamptz not null default now(),
  -- Null where the tool that did it does not tell: bytes, what a restore would have lost, and how long it took.
  size bigint null,
  lost interval null,
  took interval null,
  constraint recoveries_pkey
    primary key (kind),
  constraint recoveries_kind_check
    check (kind in ('backup', 'restore'))
);

grant select on platform.recoveries
  to hardened_service_app;
grant select, insert, update on platform.recoveries
  to hardened_service_operator;
