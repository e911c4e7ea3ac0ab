alter table identity.accounts
  add column half text null;

-- The column is called otherwise.
insert into identity.nicknames_taken
  (nonsense)
values ('x');
