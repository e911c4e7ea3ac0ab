create table identity.nicknames_taken (
  nickname text not null,
  constraint nicknames_taken_pkey
    primary key (nickname)
);

alter table identity.accounts
  add column nickname text null,
  add column locale text not null default 'en',
  add constraint accounts_nickname_fkey
    foreign key (nickname) references identity.nicknames_taken (nickname) not valid,
  add constraint accounts_nickname_length_check
    check (char_length(nickname) between 1 and 50) not valid;
alter table identity.accounts
  alter column nickname set default 'anon';

insert into identity.nicknames_taken (nickname)
values ('anon');

grant select, insert on identity.nicknames_taken
  to hardened_service_app;
