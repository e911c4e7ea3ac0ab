#:sdk Microsoft.NET.Sdk.Web
#:project ../../templates/hardened-api/src/HardenedService.Platform/HardenedService.Platform.csproj
#:property PublishAot=false
#:property InvariantGlobalization=false
#:property NoWarn=MA0047

// The server that `bench --tenants` asks: one row, read with less or more of what keeps tenants apart, and a list. The arguments are the
// connection string and the list's statement. Built and started by the verb; compiled apart from the tool.

using HardenedService.Platform;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Npgsql;

if (args is not [var connectionString, var list])
{
    return 1;
}

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Development });
builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
{
    ["Service:Address"] = "127.0.0.1",
    ["Service:Port"] = "0",
    ["Service:ManagementPort"] = "0",
    ["Service:PublicUrl"] = "http://bench.example",
    ["Database:ConnectionString"] = connectionString,
    ["Mail:Host"] = "127.0.0.1",
    ["Mail:From"] = "no-reply@localhost",
    ["RateLimits:PerAddress:Burst"] = "1000000",
    ["RateLimits:PerAddress:PerMinute"] = "6000000",
    ["RateLimits:PerUser:Burst"] = "1000000",
    ["RateLimits:PerUser:PerMinute"] = "6000000",
    ["Logging:LogLevel:Default"] = "Warning",
});
builder.AddPlatform();
await using var app = builder.Build();
app.UsePlatform();
var v1 = app.MapApi("/v1").RequireMember();

// What the unit of work does for a read, but for the scope.
v1.MapGet("/unscoped", async (Session session, NpgsqlDataSource database) =>
{
    await using var connection = await database.OpenConnectionAsync();
    await using var transaction = await connection.BeginTransactionAsync();
    await using var start = new NpgsqlCommand("set transaction read only", connection);
    await start.ExecuteNonQueryAsync();
    return await RowAsync("bench.open", session, connection);
});
v1.MapGet("/scoped", (Session session, NpgsqlConnection connection) => RowAsync("bench.open", session, connection));
v1.MapGet("/guarded", (Session session, NpgsqlConnection connection) => RowAsync("bench.guarded", session, connection));
v1.MapGet("/list", async (NpgsqlConnection connection) =>
{
    await using var command = new NpgsqlCommand(list, connection);
    await using var rows = await command.ExecuteReaderAsync();
    var found = new List<Row>();
    while (await rows.ReadAsync())
    {
        found.Add(new(rows.GetGuid(0), rows.GetString(1)));
    }

    return Results.Ok(found);
});

await app.StartAsync();
Console.WriteLine($"listening {app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}");
await app.WaitForShutdownAsync();
return 0;

// Each organization has a row with its own id.
static async Task<Row> RowAsync(string table, Session session, NpgsqlConnection connection)
{
    await using var command = new NpgsqlCommand($"select id, text from {table} where id = $1", connection);
    command.Parameters.Add(new() { Value = session.OrganizationId!.Value });
    await using var row = await command.ExecuteReaderAsync();
    return await row.ReadAsync() ? new(row.GetGuid(0), row.GetString(1)) : throw new InvalidOperationException("The row is not there.");
}

internal sealed record Row(Guid Id, string Text);
