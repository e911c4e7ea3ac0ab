using System.Globalization;
using System.Net;
using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Outbound;

/// <summary>What the API's own callers get to see of it.</summary>
[Wall("K2")]
public sealed class OutboundProblemTests : IAsyncLifetime
{
    private const int MaxConcurrency = 5;
    private const int Minimum = 10;

    private readonly FaultyServer _server = FaultyServer.Start();
    private readonly LogRecorder _log = new();
    private ApiHost? _api;

    public ValueTask InitializeAsync()
    {
        _api = ApiHost.Start(
            ApiHost.NoDatabase,
            settings: new Dictionary<string, string>
            {
                ["Outbound:Planted:BaseAddress"] = $"{_server.Address}canary/",
                ["Outbound:Planted:AttemptTimeout"] = "00:00:05",
                ["Outbound:Planted:Retries"] = "0",
                ["Outbound:Planted:BreakerMinimumAttempts"] = $"{Minimum}",
                ["Outbound:Planted:BreakDuration"] = "00:10:00",
                ["Outbound:Planted:MaxConcurrency"] = $"{MaxConcurrency}",
            },
            configure: host =>
            {
                host.ConfigureTestServices(services =>
                {
                    services.AddOutboundClient<PlantedClient>("Planted");
                    services.AddSingleton<ILoggerProvider>(_log);
                });
                TestEndpoints.Beside(routes =>
                {
                    routes.MapGet("/things", ReadAsync).AllowAnonymous();
                    routes.MapGet("/others", () => "fine").AllowAnonymous();
                })(host);
            });

        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _api?.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("500", HttpStatusCode.BadGateway, "upstream_failed", null)]
    [InlineData("404", HttpStatusCode.BadGateway, "upstream_failed", null)]
    [InlineData("reset", HttpStatusCode.BadGateway, "upstream_failed", null)]
    [InlineData("garbage", HttpStatusCode.BadGateway, "upstream_failed", null)]
    [InlineData("html", HttpStatusCode.BadGateway, "upstream_failed", null)]
    [InlineData("429", HttpStatusCode.ServiceUnavailable, "unavailable", 7)]
    [InlineData("503", HttpStatusCode.ServiceUnavailable, "unavailable", 7)]
    [InlineData("504", HttpStatusCode.GatewayTimeout, "upstream_timeout", null)]
    [InlineData("hang", HttpStatusCode.GatewayTimeout, "upstream_timeout", null)]
    public async Task A_failure_is_a_problem_that_tells_nothing_of_the_inside(string fault, HttpStatusCode status, string code, int? retryAfter)
    {
        _server.Behavior = fault switch
        {
            "reset" => FaultyServer.Reset,
            "garbage" => FaultyServer.Json("{canary"),
            "html" => FaultyServer.Whole(200, "Content-Type: text/html\r\n", "canary"),
            "hang" => FaultyServer.Hang,
            _ => FaultyServer.Status(int.Parse(fault, CultureInfo.InvariantCulture), "Retry-After: 7"),
        };
        using var response = await _api!.Public.GetAsync("/things");

        await Problem.IsAsync(response, status, code);
        Assert.Equal(retryAfter, (int?)response.Headers.RetryAfter?.Delta?.TotalSeconds);
        var body = await response.Content.ReadAsStringAsync();
        Assert.All(["canary", "Planted", "Exception", $"{_server.EndPoint.Port}"], secret => Assert.DoesNotContain(secret, body, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(_log.Records, record => $"{record.Message}{record.Exception}".Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_system_that_is_down_costs_other_calls_nothing_and_is_left_alone()
    {
        // Frozen: as many calls as may wait for it do, the next is refused, and what does not need it goes on.
        _server.Behavior = FaultyServer.Hang;
        var waiting = Enumerable.Range(0, MaxConcurrency).Select(_ => _api!.Public.GetAsync("/things")).ToList();
        await Eventually.HoldsAsync(() => _server.Requests.Count == MaxConcurrency, "the bulkhead is full");
        await RefusedAsync();
        Assert.Equal("fine", await _api!.Public.GetStringAsync("/others"));
        Assert.All(waiting, call => Assert.False(call.IsCompleted));

        foreach (var call in waiting)
        {
            await Problem.IsAsync(await call, HttpStatusCode.GatewayTimeout, "upstream_timeout");
        }

        // Broken: nobody calls it any more.
        _server.Behavior = FaultyServer.Reset;

        for (var i = MaxConcurrency; i < Minimum; i++)
        {
            await Problem.IsAsync(await _api.Public.GetAsync("/things"), HttpStatusCode.BadGateway, "upstream_failed");
        }

        var retryAfter = await RefusedAsync();
        Assert.InRange(retryAfter, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        Assert.Equal(Minimum, _server.Requests.Count);
        Assert.Equal("fine", await _api.Public.GetStringAsync("/others"));

        // A refusal is counted, and has no record of its own.
        Assert.Equal(Minimum, _log.Records.Count(record => record.Exception is UpstreamException));
    }

    private async Task<TimeSpan> RefusedAsync()
    {
        using var response = await _api!.Public.GetAsync("/things");
        await Problem.IsAsync(response, HttpStatusCode.ServiceUnavailable, "unavailable");

        return response.Headers.RetryAfter!.Delta!.Value;
    }

    private static async Task<Thing> ReadAsync(PlantedClient client, CancellationToken cancel)
    {
        using var response = await client.Http.GetAsync(new Uri("things", UriKind.Relative), cancel);

        return await response.ReadUpstreamJsonAsync<Thing>(cancel);
    }

    private sealed record Thing(string Name);
}
