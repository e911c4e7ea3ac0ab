-- What was proved by being done, and cannot be looked at: a load test, a rollback that was tried, a review. The id is made of the rest (EvidenceRecord.cs), and
-- stands in a record of the audit trail: a row that is changed afterwards is not what was sealed there.
create table platform.evidence (
  id uuid not null,
  kind text not null,
  recorded_at timestamptz not null,
  facts text not null,
  constraint evidence_pkey
    primary key (id),
  constraint evidence_kind_check
    check (kind ~ '^[a-z_]+$' and char_length(kind) <= 64),
  constraint evidence_facts_check
    check (jsonb_typeof(facts::jsonb) = 'object' and char_length(facts) <= 10000)
);

-- For the newest of a kind.
create index evidence_kind_idx
  on platform.evidence (kind, recorded_at);

grant select, insert on platform.evidence
  to hardened_service_operator;
