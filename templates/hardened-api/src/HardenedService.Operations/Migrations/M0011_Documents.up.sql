create schema documents;

-- Bytes, under a random name. While it is received, a file belongs to nothing: what is left of an upload that
-- broke off is swept.
create table documents.files (
  id uuid not null,
  organization_id uuid not null,
  created_at timestamptz not null default now(),
  -- Null once something refers to it.
  expires_at timestamptz null default now() + interval '1 hour',
  constraint files_pkey
    primary key (id),
  constraint files_organization_id_key
    unique (organization_id, id),
  constraint files_organization_id_fkey
    foreign key (organization_id) references tenancy.organizations (id)
    on delete cascade
);

-- For the sweep.
create index files_expires_at_idx
  on documents.files (expires_at);

create table documents.chunks (
  file_id uuid not null,
  number integer not null,
  organization_id uuid not null,
  bytes bytea not null,
  constraint chunks_pkey
    primary key (file_id, number),
  constraint chunks_file_id_fkey
    foreign key (organization_id, file_id) references documents.files (organization_id, id)
    on delete cascade,
  constraint chunks_organization_id_fkey
    foreign key (organization_id) references tenancy.organizations (id)
    on delete cascade,
  constraint chunks_number_check
    check (number >= 0),
  constraint chunks_bytes_length_check
    check (octet_length(bytes) between 1 and 1048576)
);

create index chunks_organization_id_idx
  on documents.chunks (organization_id, file_id);

-- Documents, pictures and archives hardly compress: trying would only cost.
alter table documents.chunks
  alter column bytes set storage external;

create table documents.documents (
  id uuid not null,
  organization_id uuid not null,
  title text not null,
  file_name text not null,
  content_type text not null,
  size bigint not null,
  sha256 bytea not null,
  status text not null default 'scanning',
  -- Null once the bytes are gone: a document with a virus keeps its row and not its file.
  file_id uuid null,
  -- Null once that person has deleted their account.
  created_by uuid null,
  created_at timestamptz not null default now(),
  scanned_at timestamptz null,
  version bigint not null default 1,
  constraint documents_pkey
    primary key (id),
  constraint documents_organization_id_key
    unique (organization_id, id),
  constraint documents_organization_id_fkey
    foreign key (organization_id) references tenancy.organizations (id)
    on delete cascade,
  constraint documents_file_id_key
    unique (organization_id, file_id),
  constraint documents_file_id_fkey
    foreign key (organization_id, file_id) references documents.files (organization_id, id),
  constraint documents_created_by_fkey
    foreign key (created_by) references identity.accounts (id)
    on delete set null,
  constraint documents_title_length_check
    check (char_length(title) between 1 and 200),
  constraint documents_file_name_length_check
    check (char_length(file_name) between 1 and 150),
  constraint documents_content_type_check
    check (content_type in ('application/pdf', 'image/png', 'image/jpeg', 'text/plain')),
  constraint documents_size_check
    check (size > 0),
  constraint documents_sha256_length_check
    check (octet_length(sha256) = 32),
  constraint documents_status_check
    check (status in ('scanning', 'clean', 'infected', 'unscannable')),
  constraint documents_scanned_at_check
    check ((status = 'scanning') = (scanned_at is null)),
  constraint documents_file_id_check
    check (file_id is not null or status = 'infected'),
  constraint documents_version_check
    check (version > 0)
);

create index documents_created_by_idx
  on documents.documents (created_by);

-- For whatever looks for documents that nobody came to scan.
create index documents_scanning_idx
  on documents.documents (created_at)
  where status = 'scanning';

create table documents.reviews (
  id uuid not null,
  organization_id uuid not null,
  document_id uuid not null,
  status text not null default 'pending',
  summary text null,
  failure text null,
  requested_by uuid null,
  created_at timestamptz not null default now(),
  completed_at timestamptz null,
  constraint reviews_pkey
    primary key (id),
  constraint reviews_organization_id_fkey
    foreign key (organization_id) references tenancy.organizations (id)
    on delete cascade,
  constraint reviews_document_id_fkey
    foreign key (organization_id, document_id) references documents.documents (organization_id, id)
    on delete cascade,
  constraint reviews_requested_by_fkey
    foreign key (requested_by) references identity.accounts (id)
    on delete set null,
  constraint reviews_status_check
    check (status in ('pending', 'completed', 'failed')),
  constraint reviews_summary_check
    check ((status = 'completed') = (summary is not null)),
  constraint reviews_summary_length_check
    check (char_length(summary) between 1 and 10000),
  constraint reviews_failure_check
    check ((status = 'failed') = (failure is not null)),
  constraint reviews_failure_length_check
    check (char_length(failure) between 1 and 64),
  constraint reviews_completed_at_check
    check ((status = 'pending') = (completed_at is null))
);

-- One at a time.
create unique index reviews_pending_key
  on documents.reviews (organization_id, document_id)
  where status = 'pending';
create index reviews_document_id_idx
  on documents.reviews (organization_id, document_id);
create index reviews_requested_by_idx
  on documents.reviews (requested_by);

-- For whatever looks for reviews that nothing came of.
create index reviews_pending_idx
  on documents.reviews (created_at)
  where status = 'pending';

select tenancy.guard_rows('documents.files');
select tenancy.guard_rows('documents.chunks');
select tenancy.guard_rows('documents.documents');
select tenancy.guard_rows('documents.reviews');

-- For a person's export: who acts in no organization sees what they brought, wherever that was.
create policy own on documents.documents
  for select
  using (
    nullif(current_setting('app.organization_id', true), '') is null
    and created_by = nullif(current_setting('app.user_id', true), '')::uuid
  );
create policy own on documents.reviews
  for select
  using (
    nullif(current_setting('app.organization_id', true), '') is null
    and requested_by = nullif(current_setting('app.user_id', true), '')::uuid
  );

-- The sweep works for no organization, and sees nothing but what has expired.
create policy sweep on documents.files
  using (
    current_setting('app.sweep', true) = 'files'
    and expires_at <= now()
  );

-- Nor do these: of what waits, whoever pretends to be one ends nothing that is recent, and in no other way.
create policy stuck on documents.documents
  for select
  using (
    current_setting('app.sweep', true) = 'stuck_scans'
    and status in ('scanning', 'unscannable')
    and created_at <= now() - interval '1 minute'
  );
create policy end_stuck on documents.documents
  for update
  using (
    current_setting('app.sweep', true) = 'stuck_scans'
    and status = 'scanning'
    and created_at <= now() - interval '1 minute'
  )
  with check (
    current_setting('app.sweep', true) = 'stuck_scans'
    and status = 'unscannable'
  );
create policy stuck on documents.reviews
  for select
  using (
    current_setting('app.sweep', true) = 'stuck_reviews'
    and status in ('pending', 'failed')
    and created_at <= now() - interval '1 minute'
  );
create policy end_stuck on documents.reviews
  for update
  using (
    current_setting('app.sweep', true) = 'stuck_reviews'
    and status = 'pending'
    and created_at <= now() - interval '1 minute'
  )
  with check (
    current_setting('app.sweep', true) = 'stuck_reviews'
    and status = 'failed'
  );

grant usage on schema documents
  to hardened_service_app, hardened_service_operator;
grant select, insert, delete, update (expires_at) on documents.files
  to hardened_service_app;
grant select, insert, delete on documents.chunks
  to hardened_service_app;
grant select, delete, insert, update (title, status, file_id, scanned_at, version) on documents.documents
  to hardened_service_app;
grant select, insert, update (status, summary, failure, completed_at) on documents.reviews
  to hardened_service_app;
