alter table identity.accounts
  validate constraint accounts_nickname_fkey,
  validate constraint accounts_nickname_length_check;
