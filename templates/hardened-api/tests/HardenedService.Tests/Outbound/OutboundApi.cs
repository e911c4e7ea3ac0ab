using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Outbound;

/// <summary>
/// The API with calls that need another system: <c>/things</c>, whose breaker stays out of it, and <c>/frail</c>, which is soon full and soon
/// given up. It has no database.
/// </summary>
public sealed class OutboundApi : IAsyncLifetime
{
    internal const int MaxConcurrency = 5;
    internal const int Minimum = 10;

    private ApiHost? _host;

    internal FaultyServer Server { get; } = FaultyServer.Start();

    internal LogRecorder Log { get; } = new();

    public HttpClient Client => _host!.Public;

    public ValueTask InitializeAsync()
    {
        _host = ApiHost.Start(
            ApiHost.NoDatabase,
            settings: new Dictionary<string, string>
            {
                ["Outbound:Planted:BaseAddress"] = $"{Server.Address}canary/",
                ["Outbound:Planted:Retries"] = "0",
                ["Outbound:Planted:BreakerMinimumAttempts"] = "100000",
                ["Outbound:Frail:BaseAddress"] = $"{Server.Address}canary/",
                ["Outbound:Frail:Retries"] = "0",
                ["Outbound:Frail:BreakerMinimumAttempts"] = $"{Minimum}",
                ["Outbound:Frail:BreakDuration"] = "00:10:00",
                ["Outbound:Frail:MaxConcurrency"] = $"{MaxConcurrency}",
            },
            configure: host =>
            {
                host.ConfigureTestServices(services =>
                {
                    services.AddOutboundClient<PlantedClient>("Planted");
                    services.AddOutboundClient<FrailClient>("Frail");
                    services.AddSingleton<ILoggerProvider>(Log);
                });
                TestEndpoints.Beside(routes =>
                {
                    routes.MapGet("/things", (PlantedClient client, CancellationToken cancel) => ReadAsync(client.Http, cancel)).AllowAnonymous();
                    routes.MapGet("/frail", (FrailClient client, CancellationToken cancel) => ReadAsync(client.Http, cancel)).AllowAnonymous();
                    routes.MapGet("/others", () => "fine").AllowAnonymous();
                })(host);
            });

        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _host?.Dispose();
        await Server.DisposeAsync();
    }

    private static async Task<Thing> ReadAsync(HttpClient http, CancellationToken cancel)
    {
        using var response = await http.GetAsync(new Uri("things", UriKind.Relative), cancel);

        return await response.ReadUpstreamJsonAsync<Thing>(cancel);
    }

    private sealed class FrailClient(HttpClient http)
    {
        public HttpClient Http => http;
    }

    private sealed record Thing(string Name);
}
