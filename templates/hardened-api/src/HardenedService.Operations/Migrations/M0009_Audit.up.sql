create schema audit;

-- What was done. Opaque ids only, and no references: a record stays as it was written when what it is about
-- goes, and the person behind an id is erased elsewhere.
create table audit.records (
  id uuid not null,
  -- By the database's clock. Nobody may say otherwise: see the rights below.
  occurred_at timestamptz not null default clock_timestamp(),
  -- Null for what concerns an account, and no organization.
  organization_id uuid null,
  action text not null,
  outcome text not null,
  actor_kind text not null,
  actor_id uuid null,
  subject_id uuid null,
  session_id uuid null,
  trace_id text null,
  constraint records_pkey
    primary key (id),
  constraint records_action_check
    check (action ~ '^[a-z_]+[.][a-z_]+$' and char_length(action) <= 64),
  constraint records_outcome_check
    check (outcome in ('success', 'refused')),
  constraint records_actor_kind_check
    check (actor_kind in ('account', 'operator', 'nobody')),
  constraint records_actor_id_check
    check ((actor_kind = 'account') = (actor_id is not null)),
  constraint records_trace_id_check
    check (trace_id ~ '^[0-9a-f]{32}$')
);

-- For the organization's list, newest first.
create index records_organization_id_idx
  on audit.records (organization_id, occurred_at, id)
  where organization_id is not null;

-- For a person's export and erasure.
create index records_actor_id_idx
  on audit.records (actor_id);
create index records_subject_id_idx
  on audit.records (subject_id);

-- Beside the record and outside of the chain: personal data, which can be erased.
create table audit.details (
  record_id uuid not null,
  organization_id uuid null,
  recorded_at timestamptz not null default now(),
  ip inet null,
  -- The address that was given: at a sign-in, for instance, to which there may be no account.
  email text null,
  normalized_email text null,
  user_agent text null,
  constraint details_pkey
    primary key (record_id),
  constraint details_record_id_fkey
    foreign key (record_id) references audit.records (id),
  constraint details_email_length_check
    check (char_length(email) <= 254),
  constraint details_normalized_email_check
    check ((email is null) = (normalized_email is null)),
  constraint details_user_agent_length_check
    check (char_length(user_agent) <= 512)
);

create index details_normalized_email_idx
  on audit.details (normalized_email)
  where normalized_email is not null;

-- For the sweep of what was kept long enough.
create index details_recorded_at_idx
  on audit.details (recorded_at);

-- What is not sealed yet. Writers add to it and wait for nobody.
create table audit.pending (
  record_id uuid not null,
  constraint pending_pkey
    primary key (record_id),
  constraint pending_record_id_fkey
    foreign key (record_id) references audit.records (id)
);

-- The chain: each seal holds the one before, its own place, and its record.
create table audit.seals (
  sequence bigint not null,
  record_id uuid not null,
  hash bytea not null,
  constraint seals_pkey
    primary key (sequence),
  constraint seals_record_id_key
    unique (record_id),
  constraint seals_record_id_fkey
    foreign key (record_id) references audit.records (id),
  constraint seals_sequence_check
    check (sequence > 0),
  constraint seals_hash_length_check
    check (octet_length(hash) = 32)
);

alter table audit.records
  enable row level security,
  force row level security;
alter table audit.details
  enable row level security,
  force row level security;

-- Who acts in an organization sees its records; who acts in none, those by and about themselves.
create policy tenant on audit.records
  for select
  using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
create policy own on audit.records
  for select
  using (
    nullif(current_setting('app.organization_id', true), '') is null
    and nullif(current_setting('app.user_id', true), '')::uuid in (actor_id, subject_id)
  );

-- Whoever did something to a person does not show them where from.
create policy tenant on audit.details
  for select
  using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
create policy own on audit.details
  for select
  using (
    nullif(current_setting('app.organization_id', true), '') is null
    and exists (
      select
      from audit.records record
      where record.id = details.record_id
        and nullif(current_setting('app.user_id', true), '')::uuid
          = case record.actor_kind when 'account' then record.actor_id else record.subject_id end
    )
  );

-- Into no other organization's list, and in nobody else's name: the operator has a role of its own.
create policy write on audit.records
  for insert
  to hardened_service_app
  with check (
    (organization_id is null or organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)
    and actor_kind <> 'operator'
  );
create policy write on audit.details
  for insert
  to hardened_service_app
  with check (organization_id is null or organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);

-- The sweep works for no organization, and whoever pretends to be it destroys nothing that is recent.
create policy sweep on audit.details
  using (
    current_setting('app.sweep', true) = 'audit_details'
    and recorded_at <= now() - interval '30 days'
  );

-- For the functions below, which run as the owner, whom the walls would stop as well.
create policy owner on audit.records
  to hardened_service_owner
  using (true);
create policy owner on audit.details
  to hardened_service_owner
  using (true);

-- A seal, for whoever makes it and whoever verifies it. Each field is told apart from its neighbours: absent,
-- or as long as it says. (The database's encoding is UTF8, so that nothing here depends on a setting.)
create function audit.chain_hash(previous bytea, sequence bigint, record audit.records)
  returns bytea
  language sql
  immutable
as $$
  select sha256(
    previous
      || int8send(sequence)
      || string_agg(coalesce('\x01'::bytea || int4send(octet_length(field)) || field, '\x00'::bytea), ''::bytea order by place)
  )
  from unnest(array[
    uuid_send(record.id),
    timestamptz_send(record.occurred_at),
    uuid_send(record.organization_id),
    convert_to(record.action, 'UTF8'),
    convert_to(record.outcome, 'UTF8'),
    convert_to(record.actor_kind, 'UTF8'),
    uuid_send(record.actor_id),
    uuid_send(record.subject_id),
    uuid_send(record.session_id),
    convert_to(record.trace_id, 'UTF8')
  ]) with ordinality as fields (field, place)
$$;

-- Adds what waits to the chain, at most so many records, and tells its head. One caller at a time does: a
-- second one gets the head that it finds. The lag is the age of the oldest record that waits. The lock ends with the transaction, after what was sealed can be
-- seen, so that the next caller goes on from there: the chain has no forks.
create function audit.seal(most integer)
  returns table (sealed integer, waiting bigint, sequence bigint, hash bytea, lag interval)
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  record audit.records;
  is_ours constant boolean := pg_try_advisory_xact_lock(hashtextextended('audit.seal', 0));
begin
  sealed := 0;

  select head.sequence, head.hash
  into sequence, hash
  from audit.seals head
  order by head.sequence desc
  limit 1;

  sequence := coalesce(sequence, 0);
  hash := coalesce(hash, decode(repeat('00', 32), 'hex'));

  if is_ours then
    for record in
      select due.*
      from (
        select p.record_id
        from audit.pending p
        order by p.record_id
        limit most
      ) waits
      join audit.records due on due.id = waits.record_id
      order by due.id
    loop
      sequence := sequence + 1;
      hash := audit.chain_hash(hash, sequence, record);
      sealed := sealed + 1;

      insert into audit.seals
      values (sequence, record.id, hash);

      delete from audit.pending p
      where p.record_id = record.id;
    end loop;
  end if;

  waiting := (select count(*) from audit.pending);
  lag := coalesce(
    (
      select greatest(clock_timestamp() - oldest.occurred_at, interval '0')
      from audit.pending p
      join audit.records oldest on oldest.id = p.record_id
      order by p.record_id
      limit 1
    ),
    interval '0');

  return next;
end
$$;

-- Erases what can be told of a person: where from, by which address and with what the records came about
-- that are by or about them. The records stay, and with them the chain.
create function audit.erase_person(account uuid)
  returns bigint
  language sql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
  with theirs as (
    select record.id
    from audit.records record
    where record.actor_id = account
    union
    select record.id
    from audit.records record
    where record.subject_id = account
    union
    select named.record_id
    from audit.details named
    join identity.accounts person on person.normalized_email = named.normalized_email
    where person.id = account
  ), erased as (
    delete from audit.details d
    where d.record_id in (select theirs.id from theirs)
    returning 1
  )
  select count(*)
  from erased
$$;

revoke execute on function audit.chain_hash, audit.seal, audit.erase_person
  from public;
grant execute on function audit.seal, audit.erase_person
  to hardened_service_app;
grant execute on function audit.chain_hash
  to hardened_service_operator;

grant usage on schema audit
  to hardened_service_app, hardened_service_operator;
grant select, insert (id, organization_id, action, outcome, actor_kind, actor_id, subject_id, session_id, trace_id) on audit.records
  to hardened_service_app;
grant select, delete, insert (record_id, organization_id, ip, email, normalized_email, user_agent) on audit.details
  to hardened_service_app;
grant insert on audit.pending
  to hardened_service_app;
grant insert (id, organization_id, action, outcome, actor_kind, actor_id, subject_id) on audit.records
  to hardened_service_operator;
grant insert on audit.pending
  to hardened_service_operator;
