create schema platform;

create table platform.outbox_messages (
  id uuid not null,
  kind text not null,
  -- Encrypted, for it can hold a mailed token; wiped on delivery.
  payload bytea null,
  -- SHA-256 over the kind and what the message is about. Until it is claimed, which clears this, a newer
  -- message about the same takes its place.
  topic_hash bytea null,
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
  constraint outbox_messages_kind_length_check
    check (char_length(kind) between 1 and 64),
  constraint outbox_messages_attempts_check
    check (attempts >= 0),
  constraint outbox_messages_payload_check
    check (payload is not null or delivered_at is not null),
  constraint outbox_messages_outcome_check
    check (delivered_at is null or parked_at is null)
);

-- What is waiting, in the order in which it is claimed.
create index outbox_messages_available_at_idx
  on platform.outbox_messages (available_at)
  where delivered_at is null and parked_at is null;

-- For the sweep of delivered messages.
create index outbox_messages_delivered_at_idx
  on platform.outbox_messages (delivered_at)
  where delivered_at is not null;

grant usage on schema platform
  to hardened_service_app;
grant select, insert, update, delete on platform.outbox_messages
  to hardened_service_app;
