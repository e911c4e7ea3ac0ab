alter table identity.accounts
  drop column nickname,
  drop column locale;
drop table identity.nicknames_taken;
