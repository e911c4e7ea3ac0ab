using FluentMigrator;
using FluentMigrator.Infrastructure;

namespace HardenedService.Tests.Compat;

public sealed class MigrationLoaderTests
{
    [Fact]
    public void Public_classes_with_the_attribute_are_migrations_in_the_order_of_their_versions()
    {
        using var session = new MigrationSession(string.Empty, new MigrationAssembly(typeof(IndexOnPeople), typeof(People), typeof(InternalMigration), typeof(Migration)));

        var migrations = session.Runner.MigrationLoader.LoadMigrations();

        Assert.Equal([1, 3], migrations.Keys);
        Assert.Equal("The people", migrations[1].Description);
        Assert.Equal(TransactionBehavior.Default, migrations[1].TransactionBehavior);
        Assert.Equal(TransactionBehavior.None, migrations[3].TransactionBehavior);
        Assert.IsType<IndexOnPeople>(migrations[3].Migration);
        Assert.Equal("3: IndexOnPeople", migrations[3].GetName());
    }

    [Theory]
    [InlineData(typeof(InternalMigration), "No migration was found")]
    [InlineData(typeof(SecondWithVersionOne), "Two migrations have the version 1")]
    public void A_set_of_migrations_that_cannot_be_meant_is_refused(Type type, string reason)
    {
        var assembly = type == typeof(SecondWithVersionOne) ? new MigrationAssembly(typeof(People), type) : new MigrationAssembly(type);
        using var session = new MigrationSession(string.Empty, assembly);

        var error = Assert.Throws<InvalidOperationException>(() => session.Runner.MigrationLoader.LoadMigrations());

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("M1_People.up.sql")]
    [InlineData("m1_people.UP.sql")]
    [InlineData("Migrations.M1_People.up.sql")]
    [InlineData("Acme.Migrations.M1_People.up.sql")]
    public void A_script_is_found_by_the_last_parts_of_its_name(string name) =>
        Assert.Equal("select 'people'", Scripts().Read(name));

    [Theory]
    [InlineData("People.up.sql", "No embedded resource")]
    [InlineData("M1_People.up", "No embedded resource")]
    [InlineData("Other.Acme.Migrations.M1_People.up.sql", "No embedded resource")]
    [InlineData("up.sql", "Several embedded resources")]
    public void A_script_that_is_absent_or_not_the_only_one_is_refused(string name, string reason)
    {
        var error = Assert.Throws<InvalidOperationException>(() => Scripts().Read(name));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sql_is_taken_inside_Up_and_Down_only() =>
        Assert.Throws<InvalidOperationException>(() => new People().Execute);

    // Scanned twice, as two calls of ScanIn may do: it is the same script still.
    private static EmbeddedScripts Scripts()
    {
        var assembly = new MigrationAssembly
        {
            Scripts =
            {
                ["Acme.Migrations.M1_People.up.sql"] = "select 'people'",
                ["Acme.Migrations.M2_Places.up.sql"] = "select 'places'",
            },
        };
        return new EmbeddedScripts([new EmbeddedScripts.Source(assembly), new EmbeddedScripts.Source(assembly)]);
    }
}
