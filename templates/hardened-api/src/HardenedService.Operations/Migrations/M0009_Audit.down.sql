drop function audit.erase_person;
drop function audit.seal;
drop function audit.chain_hash;
drop table audit.seals, audit.pending, audit.details, audit.records;
drop schema audit;
