using System.Globalization;
using System.Net;
using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Outbound;

/// <summary>What the API's own callers get to see of it.</summary>
[Wall("K2")]
public sealed class OutboundProblemTests(OutboundApi api) : IClassFixture<OutboundApi>
{
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
        api.Server.Behavior = fault switch
        {
            "reset" => FaultyServer.Reset,
            "garbage" => FaultyServer.Json("{canary"),
            "html" => FaultyServer.Whole(200, "Content-Type: text/html\r\n", "canary"),
            "hang" => FaultyServer.Hang,
            _ => FaultyServer.Status(int.Parse(fault, CultureInfo.InvariantCulture), "Retry-After: 7"),
        };
        using var response = await api.Client.GetAsync("/things");

        await Problem.IsAsync(response, status, code);
        Assert.Equal(retryAfter, (int?)response.Headers.RetryAfter?.Delta?.TotalSeconds);
        var body = await response.Content.ReadAsStringAsync();
        Assert.All(["canary", "Planted", "Exception", $"{api.Server.EndPoint.Port}"], secret => Assert.DoesNotContain(secret, body, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(api.Log.Records, record => $"{record.Message}{record.Exception}".Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_system_that_is_down_costs_other_calls_nothing_and_is_left_alone()
    {
        var before = api.Server.Requests.Count;
        var logged = LoggedFailures();

        // Frozen: as many calls as may wait for it do, the next is refused, and what does not need it goes on.
        api.Server.Behavior = FaultyServer.Hang;
        var waiting = Enumerable.Range(0, OutboundApi.MaxConcurrency).Select(_ => api.Client.GetAsync("/frail")).ToList();
        await Eventually.HoldsAsync(() => api.Server.Requests.Count == before + OutboundApi.MaxConcurrency, "the bulkhead is full");
        await RefusedAsync();
        Assert.Equal("fine", await api.Client.GetStringAsync("/others"));
        Assert.All(waiting, call => Assert.False(call.IsCompleted));

        foreach (var call in waiting)
        {
            await Problem.IsAsync(await call, HttpStatusCode.GatewayTimeout, "upstream_timeout");
        }

        // Broken: nobody calls it any more.
        api.Server.Behavior = FaultyServer.Reset;

        for (var i = OutboundApi.MaxConcurrency; i < OutboundApi.Minimum; i++)
        {
            await Problem.IsAsync(await api.Client.GetAsync("/frail"), HttpStatusCode.BadGateway, "upstream_failed");
        }

        var retryAfter = await RefusedAsync();
        Assert.InRange(retryAfter, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        Assert.Equal(before + OutboundApi.Minimum, api.Server.Requests.Count);
        Assert.Equal("fine", await api.Client.GetStringAsync("/others"));

        // A refusal is counted, and has no record of its own.
        Assert.Equal(logged + OutboundApi.Minimum, LoggedFailures());
    }

    private int LoggedFailures() => api.Log.Records.Count(record => record.Exception is UpstreamException);

    private async Task<TimeSpan> RefusedAsync()
    {
        using var response = await api.Client.GetAsync("/frail");
        await Problem.IsAsync(response, HttpStatusCode.ServiceUnavailable, "unavailable");

        return response.Headers.RetryAfter!.Delta!.Value;
    }
}
