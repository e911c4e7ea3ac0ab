#:sdk Microsoft.NET.Sdk.Web
#:project ../../templates/hardened-api/src/HardenedService.Platform/HardenedService.Platform.csproj
#:property PublishAot=false
#:property InvariantGlobalization=false
#:property NoWarn=MA0047

// What `bench --outbox` asks and has work: a row written with a message and without, and a worker whose handler does nothing. The arguments
// are the connection string, and whether it handles the messages. Built and started by the verb; compiled apart from the tool.

using HardenedService.Platform;
using HardenedService.Platform.Outbox;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Npgsql;

if (args is not [var connectionString, "worker" or "api"])
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
    ["Shutdown:DrainDelay"] = "00:00:00",
    ["Logging:LogLevel:Default"] = "Warning",
});
builder.AddPlatform();

if (args[1] == "worker")
{
    builder.AddOutboxHandler<Idle>();
}

await using var app = builder.Build();
app.UsePlatform();
var v1 = app.MapApi("/v1").AllowAnonymous();
v1.MapPost("/without", async (NpgsqlConnection connection) => await WriteAsync(connection));
v1.MapPost("/with", async (NpgsqlConnection connection, Outbox outbox) =>
{
    await outbox.EnqueueAsync(Idle.Name, "what a message says, in the length of a sentence or two, as most of them have", CancellationToken.None);
    return await WriteAsync(connection);
});

await app.StartAsync();
Console.WriteLine($"listening {app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}");
await app.WaitForShutdownAsync();
return 0;

static async Task<IResult> WriteAsync(NpgsqlConnection connection)
{
    await using var command = new NpgsqlCommand("insert into bench.rows (id, text) values ($1, 'a row')", connection);
    command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
    await command.ExecuteNonQueryAsync();
    return Results.Ok("written");
}

internal sealed class Idle : IOutboxHandler
{
    public const string Name = "bench";

    public string Kind => Name;

    public Task DeliverAsync(Guid id, ReadOnlyMemory<byte> payload, CancellationToken cancel) => Task.CompletedTask;
}
