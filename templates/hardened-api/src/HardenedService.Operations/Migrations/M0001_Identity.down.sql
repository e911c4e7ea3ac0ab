drop table identity.mailed_tokens;
drop table identity.accounts;
drop schema identity;
