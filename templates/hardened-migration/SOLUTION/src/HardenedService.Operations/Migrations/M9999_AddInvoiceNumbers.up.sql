-- The old release runs on this schema until the new one has replaced it: add, and take away in a later migration.
-- `migrate lint` refuses what would stop or break it, and says how to do that instead; docs/migrations.md has it all.
select 1;
