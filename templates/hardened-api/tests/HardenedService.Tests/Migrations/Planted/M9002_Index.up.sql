create index concurrently if not exists accounts_nickname_idx
  on identity.accounts (nickname);
