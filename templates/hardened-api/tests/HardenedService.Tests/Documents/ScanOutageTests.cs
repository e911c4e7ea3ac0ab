using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using HardenedService.Tests.Tenancy;

namespace HardenedService.Tests.Documents;

/// <summary>Whoever is away when a document is to be scanned: it is scanned later.</summary>
public sealed class ScanOutageTests(ReviewFixture world, PostgresServer postgres) : IClassFixture<ReviewFixture>
{
    [Fact]
    public async Task A_document_whose_API_was_killed_before_it_was_scanned_is_scanned_by_another()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var tenant = await database.NewTenantAsync();
        Guid id;

        // Its scanner is out of reach: whatever it does after the commit comes to nothing.
        using (var api = ApiProgram.StartOn(database))
        {
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri((await api.AddressesAsync())[0]) };
            id = await ReviewFixture.UploadAsync(client, tenant, "Survives.");
            await api.KillAsync();
        }

        // As if its lease had run out.
        await Sql.RunAsync(database.AdminConnectionString, "update platform.outbox_messages set locked_until = null, locked_by = null, available_at = now()");
        await IsScannedAsync(database, id, "Survives.");
    }

    [Fact]
    public async Task A_scanner_that_is_down_delays_a_document_and_loses_none()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var tenant = await database.NewTenantAsync();
        Guid id;

        using (var api = ApiHost.Start(database.AppConnectionString, settings: new Dictionary<string, string>(world.Settings) { ["Scanner:Port"] = "1" }))
        {
            id = await ReviewFixture.UploadAsync(api.Public, tenant, "Is patient.");
            await Eventually.HoldsAsync(
                async () => await Sql.RunAsync(
                    database.AdminConnectionString,
                    "select attempts > 1 and last_error = 'Scanner could not be reached or broke off (SocketException, ConnectionRefused).' from platform.outbox_messages") is true,
                "two attempts");
            Assert.Equal("scanning", await StatusAsync(database, id));
        }

        await IsScannedAsync(database, id, "Is patient.");
    }

    private async Task IsScannedAsync(TestDatabase database, Guid id, string text)
    {
        using var other = ApiHost.Start(database.AppConnectionString, settings: world.Settings);
        await Eventually.HoldsAsync(async () => await StatusAsync(database, id) == "clean", "the document to be scanned");
        Assert.Contains(text, world.Scanner.Scanned);
    }

    private static async Task<string> StatusAsync(TestDatabase database, Guid id) =>
        (string)(await Sql.RunAsync(database.AdminConnectionString, $"select status from documents.documents where id = '{id}'"))!;
}
