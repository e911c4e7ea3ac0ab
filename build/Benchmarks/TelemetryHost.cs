#:sdk Microsoft.NET.Sdk.Web
#:project ../../templates/hardened-api/src/HardenedService.Platform/HardenedService.Platform.csproj
#:property PublishAot=false
#:property InvariantGlobalization=false
#:property NoWarn=MA0047

// A server that `bench --telemetry` compares with itself. The arguments are how much of the telemetry is on (off, metrics, traces, all, or sinks:
// all and Seq), the connection string, and the address of the collector and of Seq. Built and started by the verb; compiled apart from the tool.

using HardenedService.Platform;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Npgsql;

if (args is not [var variant, var database, var collector])
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
    // All of them share one PostgreSQL.
    ["Database:ConnectionString"] = $"{database};Maximum Pool Size=16",
    // What else the machine does is no fault of the database.
    ["Database:ConnectTimeout"] = "00:00:30",
    ["Database:CommandTimeout"] = "00:00:30",
    ["Mail:Host"] = "127.0.0.1",
    ["Mail:From"] = "no-reply@localhost",
    ["RateLimits:PerAddress:Burst"] = "1000000",
    ["RateLimits:PerAddress:PerMinute"] = "6000000",
    ["RateLimits:PerUser:Burst"] = "1000000",
    ["RateLimits:PerUser:PerMinute"] = "6000000",
    ["Logging:LogLevel:Default"] = variant is "all" or "sinks" ? "Information" : "Warning",
    ["Logging:LogLevel:Microsoft"] = "Warning",
    ["Logging:LogLevel:Npgsql"] = "Warning",
    ["Logging:LogLevel:System"] = "Warning",
    ["OTEL_SDK_DISABLED"] = variant == "off" ? "true" : null,
    ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
    ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio",
    ["OTEL_TRACES_SAMPLER_ARG"] = "0.05",
    ["OTEL_METRIC_EXPORT_INTERVAL"] = "5000",
    ["OTEL_EXPORTER_OTLP_ENDPOINT"] = variant is "all" or "sinks" ? collector : null,
    ["Seq:Url"] = variant == "sinks" ? collector : null,
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = variant == "traces" ? $"{collector}/v1/traces" : null,
});
builder.AddPlatform();
await using var app = builder.Build();
app.UsePlatform();
var v1 = app.MapApi("/v1");

// An ordinary request: a session, a transaction, a statement.
v1.MapGet("/reading", async (Session session, NpgsqlConnection connection) =>
{
    await using var command = new NpgsqlCommand("select email from identity.accounts where id = $1", connection) { Parameters = { new() { Value = session.UserId } } };
    return new Answer((string?)await command.ExecuteScalarAsync(), session.UserId);
});
app.MapGet("/usage", () => new Usage(Environment.CpuUsage.TotalTime.TotalMicroseconds, GC.GetTotalAllocatedBytes(), Environment.WorkingSet)).AllowAnonymous();
await app.StartAsync();
Console.WriteLine($"listening {app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}");
await app.WaitForShutdownAsync();
return 0;

internal sealed record Answer(string? Email, Guid UserId);

internal sealed record Usage(double ProcessorMicroseconds, long AllocatedBytes, long ResidentBytes);
