create schema platform;

create table platform.outbox_messages (
  id uuid not null,
  kind text not null,
  -- Encrypted, for it can hold a mailed token; wiped on delivery.
  payload bytea null,
  -- SHA-256 over the kind and what the message is about. Until it is claimed, which clears this, a newer
  -- message about the same takes its place.
  topic_hash bytea null,
  -- SHA-256 over the kind and the key within which messages are delivered in order, and the place in that
  -- order. All but the first are held.
  key_hash bytea null,
  place integer null,
  is_held boolean not null default false,
  -- The span that it was enqueued in (W3C Trace Context); its delivery is linked to that.
  trace_parent text null,
  created_at timestamptz not null default now(),
  available_at timestamptz not null default now(),
  attempts integer not null default 0,
  locked_until timestamptz null,
  locked_by uuid null,
  last_error text null,
  delivered_at timestamptz null,
  parked_at timestamptz null,
  constraint outbox_messages_pkey
    primary key (id),
  constraint outbox_messages_topic_hash_key
    unique (topic_hash),
  constraint outbox_messages_topic_hash_length_check
    check (octet_length(topic_hash) = 32),
  constraint outbox_messages_key_hash_length_check
    check (octet_length(key_hash) = 32),
  constraint outbox_messages_place_check
    check ((key_hash is null) = (place is null)),
  constraint outbox_messages_is_held_check
    check (not is_held or key_hash is not null),
  constraint outbox_messages_kind_length_check
    check (char_length(kind) between 1 and 64),
  constraint outbox_messages_trace_parent_length_check
    check (char_length(trace_parent) = 55),
  constraint outbox_messages_attempts_check
    check (attempts >= 0),
  constraint outbox_messages_payload_check
    check (payload is not null or delivered_at is not null),
  constraint outbox_messages_outcome_check
    check (delivered_at is null or parked_at is null)
);

-- What is waiting, kind by kind, in the order in which it is claimed; and since when, for the metrics.
create index outbox_messages_waiting_idx
  on platform.outbox_messages (kind, is_held, available_at) include (created_at)
  where delivered_at is null and parked_at is null;

-- What is left of a key, in its order.
create unique index outbox_messages_key_hash_idx
  on platform.outbox_messages (key_hash, place)
  where key_hash is not null and delivered_at is null;

create index outbox_messages_parked_idx
  on platform.outbox_messages (kind, parked_at)
  where parked_at is not null;

-- For the sweep of delivered messages.
create index outbox_messages_delivered_at_idx
  on platform.outbox_messages (delivered_at)
  where delivered_at is not null;

-- Every message is updated twice and leaves the index of what is waiting: vacuum has to keep up with that,
-- however many delivered ones there are.
alter table platform.outbox_messages set (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 10000
);

-- Puts a message behind those of its key. The lock lasts to the end of the transaction, so that the places
-- of a key are given out in the order of commits.
create function platform.outbox_line_up()
  returns trigger
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  -- An older snapshot would not show what was committed while this waited for the lock.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'Messages are put in order by transactions that read what is committed.'
      using errcode = 'feature_not_supported';
  end if;

  perform pg_advisory_xact_lock(hashtextextended('outbox.line_up:' || encode(new.key_hash, 'hex'), 0));

  new.is_held := true;
  new.place := 1 + coalesce((
    select max(ahead.place)
    from platform.outbox_messages ahead
    where ahead.key_hash = new.key_hash
      and ahead.delivered_at is null
  ), 0);

  return new;
end
$$;

-- Lets the first one of a key go: when it is committed, and when the one before it is delivered or discarded.
-- The second lock, held for no longer than a commit takes, makes sure that one of the two sees the other; with
-- the first one, a delivery would wait for every transaction that has a message for the key.
create function platform.outbox_move_up()
  returns trigger
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  this constant bytea := coalesce(new.key_hash, old.key_hash);
begin
  perform pg_advisory_xact_lock(hashtextextended('outbox.move_up:' || encode(this, 'hex'), 0));

  update platform.outbox_messages
  set is_held = false
  where is_held
    and id = (
      select first.id
      from platform.outbox_messages first
      where first.key_hash = this
        and first.delivered_at is null
      order by first.place
      limit 1
    );

  return null;
end
$$;

create trigger outbox_messages_line_up
  before insert on platform.outbox_messages
  for each row
  when (new.key_hash is not null)
  execute function platform.outbox_line_up();

create constraint trigger outbox_messages_committed
  after insert on platform.outbox_messages
  deferrable initially deferred
  for each row
  when (new.key_hash is not null)
  execute function platform.outbox_move_up();

create trigger outbox_messages_delivered
  after update of delivered_at on platform.outbox_messages
  for each row
  when (old.key_hash is not null and old.delivered_at is null and new.delivered_at is not null)
  execute function platform.outbox_move_up();

create trigger outbox_messages_discarded
  after delete on platform.outbox_messages
  for each row
  when (old.key_hash is not null and old.delivered_at is null)
  execute function platform.outbox_move_up();

grant usage on schema platform
  to hardened_service_app;
grant select, insert, update, delete on platform.outbox_messages
  to hardened_service_app;

-- What the operator's console does to messages that are parked.
grant delete, update (parked_at, available_at, attempts) on platform.outbox_messages
  to hardened_service_operator;
