using FluentMigrator;

namespace HardenedService.Tests.Compat;

[Migration(1, "The people")]
public sealed class People : Migration
{
    public override void Up() => Execute.Sql("create table people (id int, name text)");

    public override void Down() => Execute.Sql("drop table people");
}

[Migration(2)]
public sealed class Places : Migration
{
    public override void Up() => Execute.EmbeddedScript("Places.up.sql");

    public override void Down() => Execute.EmbeddedScript("Places.down.sql");
}

[Migration(3, TransactionBehavior.None, "An index, built while the table is in use")]
public sealed class IndexOnPeople : Migration
{
    public override void Up()
    {
        Execute.Sql("set lock_timeout = '30s'");
        Execute.Sql("create index concurrently people_name_idx on people (name)");
    }

    public override void Down() => Execute.Sql("drop index concurrently people_name_idx");
}

[Migration(4, TransactionBehavior.None)]
public sealed class IndexInOneCommand : Migration
{
    public override void Up() => Execute.Sql("set lock_timeout = '30s'; create index concurrently people_id_idx on people (id)");

    public override void Down() => Execute.Sql("drop index concurrently people_id_idx");
}

[Migration(5, "Fails in its second command")]
public sealed class Failing : Migration
{
    public override void Up()
    {
        Execute.Sql("create table leftover (id int)");
        Execute.Sql("select 1 / 0 as broken");
    }

    public override void Down() => Execute.Sql("drop table leftover");
}

[Migration(6, TransactionBehavior.None)]
public sealed class FailingOutsideATransaction : Migration
{
    public override void Up()
    {
        Execute.Sql("create table leftover (id int)");
        Execute.Sql("select 1 / 0 as broken");
    }

    public override void Down() => Execute.Sql("drop table leftover");
}

[Migration(7)]
public sealed class Endless : Migration
{
    public override void Up() => Execute.Sql("select pg_sleep(600)");

    public override void Down() => Execute.Sql("select 1");
}

[Migration(8)]
public sealed class IrreversiblePeople : Migration
{
    public override void Up() => Execute.Sql("insert into people values (1, 'Ada')");

    public override void Down() => Execute.Sql("select 1 / 0 as irreversible");
}

[Migration(1)]
public sealed class SecondWithVersionOne : Migration
{
    public override void Up() => Execute.Sql("select 1");

    public override void Down() => Execute.Sql("select 1");
}

[Migration(9)]
internal sealed class InternalMigration : Migration
{
    public override void Up() => Execute.Sql("select 1");

    public override void Down() => Execute.Sql("select 1");
}
