#:sdk Microsoft.NET.Sdk.Web
#:project ../../templates/hardened-api/src/HardenedService.Platform/HardenedService.Platform.csproj
#:property PublishAot=false
#:property InvariantGlobalization=false
#:property NoWarn=MA0047

// The program that `bench --outbound` has call another system: by a bare HttpClient, by a client of the platform's, and where nobody is at
// home. The argument is the other system's address. Built and started by the verb; compiled apart from the tool.

using System.Diagnostics;
using HardenedService.Platform;
using HardenedService.Platform.Outbound;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

if (args is not [var address])
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
    ["Database:ConnectionString"] = "Host=127.0.0.1;Port=1",
    ["Mail:Host"] = "127.0.0.1",
    ["Mail:From"] = "no-reply@localhost",
    ["Outbound:Fine:BaseAddress"] = address,
    ["Outbound:Fine:MaxConcurrency"] = "1000",
    ["Outbound:Dead:BaseAddress"] = "http://127.0.0.1:1",
    ["Outbound:Dead:BreakDuration"] = "01:00:00",
    ["Logging:LogLevel:Default"] = "Error",
});
builder.AddPlatform();
builder.AddOutboundClient<FineClient>("Fine");
builder.AddOutboundClient<DeadClient>("Dead");

// What works in the background needs a database, and is not what is measured.
foreach (var worker in builder.Services.Where(service => service.ServiceType == typeof(IHostedService) && IsOurs(service)).ToList())
{
    builder.Services.Remove(worker);
}

await using var app = builder.Build();
using var bare = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(address) };
app.MapGet("/calls", async (string client, int parallel, int milliseconds, FineClient fine) =>
{
    var http = client == "bare" ? bare : fine.Http;
    var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
    var counts = await Task.WhenAll(Enumerable.Range(0, parallel).Select(_ => CallAsync(http, watch, milliseconds)));

    return new Calls(counts.Sum() / watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / counts.Sum());
});
app.MapGet("/refusals", async (int count, DeadClient dead) =>
{
    var times = new List<double>();

    while (times.Count < count)
    {
        var watch = Stopwatch.StartNew();

        try
        {
            using var response = await dead.Http.GetAsync(new Uri("v1/greeting", UriKind.Relative));
        }
        catch (UpstreamException exception) when (exception.Failure == UpstreamFailure.Unavailable)
        {
            times.Add(watch.Elapsed.TotalMilliseconds);
        }
        catch (UpstreamException)
        {
            // Until the breaker opens.
        }
    }

    times.Sort();
    return new Refusals(times[times.Count / 2], times[times.Count * 99 / 100], times[^1]);
});

await app.StartAsync();
Console.WriteLine($"listening {app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}");
await app.WaitForShutdownAsync();
return 0;

static async Task<int> CallAsync(HttpClient http, Stopwatch watch, int milliseconds)
{
    var count = 0;

    for (; watch.ElapsedMilliseconds < milliseconds; count++)
    {
        using var response = await http.GetAsync(new Uri("v1/greeting", UriKind.Relative));
        response.EnsureSuccessStatusCode();
    }

    return count;
}

static bool IsOurs(ServiceDescriptor service) =>
    (service.ImplementationType ?? service.ImplementationFactory?.Method.DeclaringType)?.Namespace?.StartsWith("HardenedService.", StringComparison.Ordinal) == true;

internal sealed class FineClient(HttpClient http)
{
    public HttpClient Http => http;
}

internal sealed class DeadClient(HttpClient http)
{
    public HttpClient Http => http;
}

internal sealed record Calls(double PerSecond, double ProcessorMicroseconds);

internal sealed record Refusals(double Median, double Percentile99, double Most);
