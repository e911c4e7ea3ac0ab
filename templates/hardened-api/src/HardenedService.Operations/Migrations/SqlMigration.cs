using FluentMigrator;

namespace HardenedService.Operations.Migrations;

/// <summary>A migration that is a pair of scripts beside it, named after its class: <c>.up.sql</c> and <c>.down.sql</c>.</summary>
public abstract class SqlMigration : Migration
{
    /// <summary>Runs the script that ends in <c>.up.sql</c>.</summary>
    public override void Up() => Execute.EmbeddedScript(MigrationScript.Name(GetType(), "up"));

    /// <summary>Runs the script that ends in <c>.down.sql</c>.</summary>
    public override void Down() => Execute.EmbeddedScript(MigrationScript.Name(GetType(), "down"));
}
