using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Migrations;

/// <summary>One migrated database for the tests of a class that only look.</summary>
public sealed class MigratedDatabase(PostgresServer server) : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Database = await server.CreateDatabaseAsync();

    public ValueTask DisposeAsync() => Database.DisposeAsync();
}
