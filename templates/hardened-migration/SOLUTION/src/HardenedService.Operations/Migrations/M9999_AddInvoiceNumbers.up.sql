-- The old release runs on this schema until the new one has replaced it: add, and take away in a later migration.
select 1;
