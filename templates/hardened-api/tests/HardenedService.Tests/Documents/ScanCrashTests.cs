using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using HardenedService.Tests.Tenancy;

namespace HardenedService.Tests.Documents;

public sealed class ScanCrashTests(ReviewFixture world, PostgresServer postgres) : IClassFixture<ReviewFixture>
{
    [Fact]
    public async Task A_document_whose_API_was_killed_before_it_was_scanned_is_scanned_by_another()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var tenant = await database.NewTenantAsync();
        Guid id;

        // Its scanner is out of reach: whatever it does after the commit comes to nothing.
        using (var api = ApiProgram.Start(
            "Development",
            [.. ApiHost.Settings.Select(setting => (setting.Key, setting.Value)), ("Database:ConnectionString", database.AppConnectionString)]))
        {
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri((await api.AddressesAsync())[0]) };
            id = await ReviewFixture.UploadAsync(client, tenant, "Survives.");
            await api.KillAsync();
        }

        // As if its lease had run out.
        await Sql.RunAsync(database.AdminConnectionString, "update platform.outbox_messages set locked_until = null, locked_by = null, available_at = now()");
        using var other = ApiHost.Start(database.AppConnectionString, settings: world.Settings);

        await Eventually.HoldsAsync(
            async () => (string)(await Sql.RunAsync(database.AdminConnectionString, $"select status from documents.documents where id = '{id}'"))! == "clean",
            "the document to be scanned");
        Assert.Contains("Survives.", world.Scanner.Scanned);
    }
}
