drop index concurrently if exists identity.accounts_nickname_idx;
