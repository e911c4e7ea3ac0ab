using HardenedService.Operations.Migrations.Linting;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Migrations.Linting;

/// <summary>Each rule refuses its own example, and lets pass what it offers instead; further cases are those that it could take for another.</summary>
public sealed class LintRuleTests
{
    private const string Begin = "<!-- rules -->\n";

    public static TheoryData<string> Ids => [.. LintRules.All.Select(rule => rule.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_example_is_refused_and_what_is_offered_instead_passes(string id)
    {
        var rule = LintRules.All.Single(rule => rule.Id == id);

        Assert.Contains(id, Found(rule.Refused.Sql, rule.Refused.Transactional));
        Assert.All(rule.Instead, example => Assert.Empty(Found(example.Sql, example.Transactional)));
    }

    [Theory]
    [InlineData("create-index", "create unique index on only a.b (c)")]
    [InlineData("create-index", "CREATE INDEX x ON a.b USING gin (c) WHERE concurrently")]
    [InlineData("create-index", "create table if not exists a.b (c int); create index on a.b (c)")]
    [InlineData("create-index", "create table a.b (c int); create index on \"A\".b (c)")]
    [InlineData("drop-index", "drop index a.x, a.y")]
    [InlineData("drop-index", "reindex table a.b")]
    [InlineData("concurrently-in-transaction", "drop index concurrently if exists a.x")]
    [InlineData("concurrently-in-transaction", "reindex index concurrently a.x")]
    [InlineData("run-again", "create index concurrently on a.b (c)")]
    [InlineData("run-again", "drop index concurrently a.x")]
    [InlineData("not-null-column", "alter table a.b add c int not null")]
    [InlineData("not-null-column", "alter table a.b add column d int null, add column if not exists c int not null")]
    [InlineData("volatile-default", "alter table a.b add c timestamptz not null default clock_timestamp()")]
    [InlineData("volatile-default", "alter table a.b add c uuid default \"public\".\"uuid\"()")]
    [InlineData("volatile-default", "alter table a.b add c int generated always as (d * 2) stored")]
    [InlineData("volatile-default", "alter table a.b add c int generated always as identity")]
    [InlineData("set-not-null", "alter table a.b alter c set not null")]
    [InlineData("set-not-null", "alter table a.b validate constraint b_d_check; alter table a.b alter c set not null")]
    [InlineData("set-not-null", "alter table a.d validate constraint b_c_check; alter table a.b alter c set not null")]
    [InlineData("set-not-null", "select tenancy.guard_rows('a.b')")]
    [InlineData("type-change", "alter table a.b alter c set data type text using c::text")]
    [InlineData("type-change", "alter table a.b alter column \"type\" type text")]
    [InlineData("serial", "alter table a.b add c serial")]
    [InlineData("serial", "create table a.b (d int, c SERIAL4 not null)")]
    [InlineData("check-not-valid", "alter table a.b add check (c > 0)")]
    [InlineData("check-not-valid", "alter table a.b add c int null check (c > 0)")]
    [InlineData("check-not-valid", "alter table a.b add constraint x check (c > 0), add constraint y check (d > 0) not valid")]
    [InlineData("foreign-key-not-valid", "alter table a.b add foreign key (c) references a.d (e)")]
    [InlineData("foreign-key-not-valid", "create table a.d (e int primary key); alter table a.b add c int null references a.d")]
    [InlineData("validate-apart", "alter table a.b add c int null; alter table a.b validate constraint x")]
    [InlineData("validate-apart", "alter table a.b add c int null, validate constraint x")]
    [InlineData("unique-using-index", "alter table a.b add primary key (c)")]
    [InlineData("unique-using-index", "alter table a.b add c int null unique")]
    [InlineData("unique-using-index", "alter table a.b add constraint x exclude using gist (c with &&)")]
    [InlineData("rename", "alter table a.b rename to c")]
    [InlineData("rename", "alter table a.b rename constraint c to d")]
    [InlineData("rename", "alter schema a rename to b")]
    [InlineData("rename", "alter view a.b set schema c")]
    [InlineData("rename", "alter type a.b rename value 'c' to 'd'")]
    [InlineData("drop", "alter table a.b drop c")]
    [InlineData("drop", "create table a.b (c int); drop table a.b, a.d")]
    [InlineData("drop", "drop schema if exists a cascade")]
    [InlineData("drop", "drop function a.f(integer, text)")]
    [InlineData("drop", "truncate a.b")]
    [InlineData("lock-timeout", "reset lock_timeout")]
    [InlineData("lock-timeout", "set session statement_timeout to '1h'")]
    [InlineData("lock-timeout", "reset all")]
    [InlineData("lock-timeout", "select pg_catalog.set_config('lock_timeout', '0', true)")]
    [InlineData("lock-timeout", "discard all")]
    [InlineData("transaction-control", "start transaction")]
    [InlineData("transaction-control", "rollback to x")]
    [InlineData("exclusive-lock", "lock table a.b in share mode")]
    [InlineData("exclusive-lock", "vacuum (full, verbose) a.b")]
    [InlineData("exclusive-lock", "alter table a.b set tablespace c")]
    [InlineData("exclusive-lock", "cluster a.b using x")]
    [InlineData("whole-table-write", "delete from only a.b")]
    [InlineData("whole-table-write", "update a.b set c = (select d from a.e where f)")]
    [InlineData("hidden-statement", "do language plpgsql 'begin execute ''x''; end'")]
    [InlineData("tenant-wall", "alter table a.b add organization_id uuid null")]
    [InlineData("tenant-wall", "create table a.b (organization_id uuid); alter table a.b enable row level security; create policy p on a.b using (true)")]
    [InlineData("tenant-wall", "create table a.b (organization_id uuid); select tenancy.guard_rows('a.c')")]
    [InlineData("create-index", "create index on a.b (c); create table a.b (c int)")]
    [InlineData("drop-index", "drop index a.x; create table a.x (c int)")]
    [InlineData("drop-index", "create index x on a.b (c); drop index c.x")]
    [InlineData("outside-transaction", "update a.b set c = 1 where d")]
    [InlineData("outside-transaction", "alter table a.b validate constraint c")]
    [InlineData("outside-transaction", "alter type a.b add value 'c'")]
    [InlineData("set-not-null", "alter table a.b validate constraint d_c_not_null; alter table a.b alter c set not null")]
    [InlineData("set-not-null", "alter table a.b validate constraint b_c_not_null; alter table a.b alter c set not null, drop constraint b_c_not_null")]
    [InlineData("set-not-null", "alter table a.b validate constraint b_c_not_null; alter table a.b drop constraint if exists b_c_not_null; alter table a.b alter c set not null")]
    [InlineData("set-not-null", "alter table a.b add constraint b_pkey primary key using index b_idx")]
    [InlineData("check-not-valid", "alter domain a.d add constraint x check (value > 0)")]
    [InlineData("check-not-valid", "alter domain a.d set not null")]
    [InlineData("check-not-valid", "create table a.p (c int) partition by range (c); alter table a.p attach partition a.b for values from (1) to (2)")]
    [InlineData("validate-apart", "alter table a.d add c int null; alter table a.b validate constraint x")]
    [InlineData("validate-apart", "create policy p on a.d using (true); alter table a.b validate constraint x")]
    [InlineData("rename", "alter table a.b rename to c; create table a.b (c int)")]
    [InlineData("rename", "alter index a.x rename to y")]
    [InlineData("rename", "create table a.t (c int); alter type a.t rename to u")]
    [InlineData("drop", "drop table a.b; create table a.b (c int)")]
    [InlineData("drop", "create function a.f(int, int) returns int language sql as 'select 1'; drop function a.f(int)")]
    [InlineData("drop", "alter table a.b detach partition a.p")]
    [InlineData("drop", "revoke select on a.b from hardened_service_app")]
    [InlineData("lock-timeout", "set local \"lock_timeout\" = 0")]
    [InlineData("lock-timeout", "select set_config('LOCK_TIMEOUT', '0', true)")]
    [InlineData("lock-timeout", "alter role x set statement_timeout = 0")]
    [InlineData("exclusive-lock", "alter index a.x set tablespace c")]
    [InlineData("exclusive-lock", "alter table all in tablespace a set tablespace b")]
    [InlineData("whole-table-write", "delete from a.b; create table a.b (c int)")]
    [InlineData("write-apart", "alter table a.b add c int null; delete from a.d where e")]
    [InlineData("write-apart", "alter table a.b add c int null; insert into a.d (e) select e from a.f")]
    [InlineData("write-apart", "alter table a.b add c int null; with x as (select 1) insert into a.d select * from x")]
    [InlineData("write-apart", "alter table a.b add c int null; merge into a.d using a.e on true when matched then delete")]
    [InlineData("write-apart", "alter table a.b add c int null; create temp table x as select * from a.d")]
    [InlineData("write-apart", "alter table a.b add c int null; do 'begin update a.d set e = 1 where f; end'")]
    [InlineData("write-apart", "create trigger t after insert on a.b execute function a.f(); update a.d set e = 1 where f")]
    [InlineData("write-apart", "create table a.c (d int references a.b); update a.d set e = 1 where f")]
    [InlineData("write-apart", "alter table a.b add c int null; create materialized view a.m as select d from a.e")]
    [InlineData("write-apart", "alter table a.b add c int null; refresh materialized view concurrently a.m")]
    [InlineData("write-apart", "alter table a.b add c int null; select d into temp e from a.f")]
    [InlineData("write-apart", "alter table a.b add c int null; copy a.d from '/tmp/d'")]
    [InlineData("write-apart", "alter table a.b add c int null; call a.f()")]
    [InlineData("write-apart", "create table a.c (d int);\n-- safety-assured: unused.\ndrop table a.c, a.b;\ndelete from a.d where e")]
    [InlineData("write-apart", "-- safety-assured: unused.\ndrop function a.f();\ndelete from a.d where e")]
    [InlineData("hidden-statement", "do 'begin perform set_config(''lock_timeout'', ''0'', true); end'")]
    [InlineData("hidden-statement", "do 'begin set local lock_timeout = 0; end'")]
    [InlineData("hidden-statement", "do 'begin refresh materialized view a.b; end'")]
    [InlineData("tenant-wall", "create table a.b (like a.c including all)")]
    [InlineData("tenant-wall", "create table a.b as select * from a.c")]
    [InlineData("tenant-wall", "create table a.b () inherits (a.c)")]
    [InlineData("tenant-wall", "create table a.p partition of a.b for values from (1) to (2)")]
    [InlineData("tenant-wall", "select * into a.b from a.c")]
    [InlineData("tenant-wall", "alter table a.b disable row level security")]
    [InlineData("tenant-wall", "alter table a.b no force row level security")]
    public void Other_ways_to_do_the_same_are_refused_as_well(string id, string sql) =>
        Assert.Contains(id, Found(sql, transactional: id is not ("run-again" or "outside-transaction")));

    [Theory]
    [InlineData("create table a.b (c int); create index on a.b (c); alter table a.b alter c set not null, add check (c > 0), add unique (c); drop table a.b")]
    [InlineData("create table a.b (c int references a.d (e) check (c > 0) default f())")]
    [InlineData("create table a.b (c int); update a.b set c = 1; delete from a.b; alter table a.b rename c to d")]
    [InlineData("alter table a.b add c int null, add d text not null default 'x; drop table a', add e timestamptz not null default now()")]
    [InlineData("alter table a.b add c jsonb not null default '{}'::jsonb, add d numeric(1, 2) null, add \"check\" boolean null default false")]
    [InlineData("alter table a.b alter c drop not null, alter c set default gen_random_uuid(), drop constraint d")]
    [InlineData("alter table a.b validate constraint c, validate constraint d; alter table a.b alter e drop not null")]
    [InlineData("alter table a.b set (fillfactor = 80)")]
    [InlineData("create or replace view a.v as select 1; create function a.f() returns int language sql as 'drop table a.b'; drop policy p on a.b")]
    [InlineData("insert into a.b (c) values ('create index on a.b (c)') -- drop table a.b;\n")]
    [InlineData("update a.b set c = 1 where c is null; delete from a.b where d")]
    [InlineData("set local role x; select set_config('app.user_id', '', true)")]
    [InlineData("create table a.b (organization_id uuid); alter table a.b enable row level security, force row level security; create policy p on a.b using (true)")]
    [InlineData("do $$ begin perform 1; update a.b set c = 1 where d; end $$")]
    [InlineData("create table a.b (c int); create index x on a.b (c); drop index a.x; create domain a.d as text; alter domain a.d add check (value > ''); alter domain a.d rename to e")]
    [InlineData("create materialized view a.m as select 1; refresh materialized view a.m; alter materialized view a.m set tablespace x")]
    [InlineData("alter table a.b alter type set default 'x', alter column type drop not null, add column generated timestamptz null")]
    [InlineData("alter table a.b add c timestamptz not null default current_timestamp(3), add d jsonb not null default jsonb_build_object()")]
    [InlineData("alter table a.b add c int not null default cast('1' as integer), add d text not null default ''::character varying(10)")]
    [InlineData("alter table a.b validate constraint b_c_not_null; alter table a.b alter c set not null; alter table a.b add primary key using index x, drop constraint b_c_not_null")]
    [InlineData("create table a.b (parent int references a.b); update a.c set d = 1 where e")]
    [InlineData("alter table a.b add c int null; create table a.d (e int); update a.d set e = 1; insert into a.f (g) values ('x')")]
    [InlineData("create table a.b (c int); grant select on a.b to hardened_service_app; revoke select on a.b from hardened_service_app; revoke all on function a.f() from public")]
    [InlineData("create table a.b (c int) partition by range (c); create temp table x as select 1")]
    [InlineData("create table a.b (like a.c); select tenancy.guard_rows('a.b')")]
    [InlineData("alter table a.b set (fillfactor = 80), reset (autovacuum_enabled), alter c set statistics 500; update a.d set e = 1 where f")]
    [InlineData("create table a.p partition of a.b default; select tenancy.guard_rows('a.p')")]
    [InlineData("alter table a.b add c int null; create materialized view a.m as select d from a.e with no data; select a.f()")]
    public void What_is_safe_passes(string sql) => Assert.Empty(Found(sql));

    [Theory]
    [InlineData("drop table a.b; alter table a.c drop d, rename e to f", "")]
    [InlineData("create index on a.b (c)", "create-index")]
    [InlineData("alter table a.b disable row level security; revoke select on a.b from hardened_service_app", "")]
    public void A_way_back_loses_data_by_its_nature_and_locks_no_longer_than_a_way_forth(string sql, string found) =>
        Assert.Equal(found, string.Join(' ', MigrationLint.Check(new LintedScript("M1.down.sql", sql, Transactional: true, IsWayBack: true)).Select(finding => finding.Id)));

    [Theory]
    [InlineData("do $$ begin loop update a.b set c = 1 where d; commit; end loop; end $$")]
    [InlineData("alter type a.b add value if not exists 'c'")]
    [InlineData("reindex index concurrently a.x")]
    public void What_can_be_run_again_passes_outside_of_a_transaction(string sql) => Assert.Empty(Found(sql, transactional: false));

    [Fact]
    public Task The_rules_are_documented() => GeneratedDocument.IsUpToDateAsync(
        "migrations.md", "LintRules.cs", documented => documented[..(documented.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)] + Documentation());

    private static string Documentation() => string.Concat(LintRules.All.Select(rule =>
        $"\n### {rule.Id}\n\nRefused: {rule.Refuses}. {rule.Why}\n\n{Block("refused", rule.Refused)}\nInstead:\n\n"
            + string.Join("\nand in the next migration\n\n", rule.Instead.Select(example => Block("safe", example)))));

    private static string Block(string kind, LintExample example) =>
        $"```sql\n-- {kind}{(example.Transactional ? "" : ", in a migration with TransactionBehavior.None")}\n{example.Sql.ReplaceLineEndings("\n")}\n```\n";

    private static IEnumerable<string> Found(string sql, bool transactional = true) =>
        MigrationLint.Check(new LintedScript("M1.up.sql", sql, transactional, IsWayBack: false)).Select(finding => finding.Id);
}
