using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>A migration that is a pair of scripts beside it, named after its class: <c>.up.sql</c> and <c>.down.sql</c>.</summary>
public abstract class SqlMigration : Migration
{
    /// <summary>Runs the script that ends in <c>.up.sql</c>.</summary>
    public override void Up() => Execute.Sql(MigrationScript.Of(GetType(), "up").Text);

    /// <summary>Runs the script that ends in <c>.down.sql</c>.</summary>
    public override void Down() => Execute.Sql(MigrationScript.Of(GetType(), "down").Text);
}
