drop table identity.one_time_tokens;
drop table identity.accounts;
drop schema identity;
