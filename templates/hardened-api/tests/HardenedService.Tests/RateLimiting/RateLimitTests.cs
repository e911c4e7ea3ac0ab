using System.Net;
using System.Net.Http.Headers;
using System.Threading.RateLimiting;
using HardenedService.Platform.RateLimiting;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;

namespace HardenedService.Tests.RateLimiting;

[Wall("H5")]
public sealed class RateLimitTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const int Burst = 5;
    private const string WellFormed = "hs1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private static readonly Dictionary<string, string> BehindAProxy = new() { ["Proxies:Enabled"] = "true", ["Proxies:Addresses:0"] = "127.0.0.1" };

    [Fact]
    public async Task An_address_that_calls_too_often_is_told_when_to_come_back()
    {
        using var host = Start(Limit("PerAddress"));
        var answers = await BurstAsync(host, Burst + 3);

        Assert.Equal(Burst, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        await Problem.IsAsync(answers[^1], HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.InRange(answers[^1].Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

        // Nowhere to go around it: not on another path, not with a made-up token, not by another method.
        await Problem.IsAsync(await host.Public.GetAsync("/nowhere"), HttpStatusCode.TooManyRequests, "rate_limited");
        await Problem.IsAsync(await GetAsync(host, token: WellFormed), HttpStatusCode.TooManyRequests, "rate_limited");
        await Problem.IsAsync(await host.Public.DeleteAsync("/v1/account"), HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/health/live")).StatusCode);
    }

    [Fact]
    public async Task A_flood_of_tokens_is_refused_without_a_look_into_the_database()
    {
        using var host = ApiHost.Start(ApiHost.NoDatabase, settings: Limit("PerAddress"));
        await Problem.IsAsync(await GetAsync(host, WellFormed), HttpStatusCode.ServiceUnavailable, "unavailable");
        await BurstAsync(host, Burst - 1);

        await Problem.IsAsync(await GetAsync(host, WellFormed), HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task A_made_up_forwarded_address_does_not_help()
    {
        using var host = Start(Limit("PerAddress"));
        var answers = new List<HttpResponseMessage>();

        for (var i = 0; i < Burst + 1; i++)
        {
            answers.Add(await GetAsync(host, forwardedFor: $"203.0.113.{i}"));
        }

        await Problem.IsAsync(answers[^1], HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task Addresses_are_told_apart_and_IPv6_ones_by_their_network()
    {
        using var host = Start(Limit("PerAddress"), BehindAProxy);

        await BurstAsync(host, Burst, forwardedFor: "203.0.113.1");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await GetAsync(host, forwardedFor: "203.0.113.1")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await GetAsync(host, forwardedFor: "::ffff:203.0.113.1")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await GetAsync(host, forwardedFor: "198.51.100.7, 203.0.113.1")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(host, forwardedFor: "203.0.113.2")).StatusCode);

        for (var i = 0; i < Burst; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(host, forwardedFor: $"2001:db8:0:1::{i}")).StatusCode);
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, (await GetAsync(host, forwardedFor: "2001:db8:0:1:ffff::1")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(host, forwardedFor: "2001:db8:0:2::1")).StatusCode);
    }

    [Fact]
    public async Task A_person_is_held_to_the_limit_from_any_address_and_session_and_alone()
    {
        using var host = Start(Limit("PerUser"), BehindAProxy);
        var email = await api.NewPersonAsync();
        var (one, two, other) = (await api.NewSessionAsync(email), await api.NewSessionAsync(email), await api.NewSessionAsync(await api.NewPersonAsync()));

        for (var i = 0; i < Burst; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await GetAsync(host, one, $"203.0.113.{i}")).StatusCode);
        }

        var refused = await GetAsync(host, two, "203.0.113.99");
        await Problem.IsAsync(refused, HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.Equal(TimeSpan.FromSeconds(30), refused.Headers.RetryAfter!.Delta);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(host, other, "203.0.113.0")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(host, null, "203.0.113.0")).StatusCode);
    }

    [Fact]
    public async Task A_named_limit_holds_for_its_endpoints_per_address_where_nobody_is_signed_in()
    {
        using var host = Start(Limit("Policies:password"), BehindAProxy);

        for (var i = 0; i < Burst; i++)
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("/v1/sessions", "203.0.113.1")).StatusCode);
        }

        await Problem.IsAsync(await PostAsync("/v1/sessions", "203.0.113.1"), HttpStatusCode.TooManyRequests, "rate_limited");
        await Problem.IsAsync(await PostAsync("/v1/accounts", "203.0.113.1"), HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("/v1/sessions", "203.0.113.2")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(host, forwardedFor: "203.0.113.1")).StatusCode);

        async Task<HttpResponseMessage> PostAsync(string path, string address)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { { "X-Forwarded-For", address } } };

            return await host.Public.SendAsync(request);
        }
    }

    [Fact]
    public async Task Sessions_that_a_caller_brings_along_do_not_multiply_the_limit_of_an_open_endpoint()
    {
        using var host = Start(Limit("Policies:password"));
        var email = await api.NewPersonAsync();
        HttpResponseMessage? answer = null;

        for (var i = 0; i <= Burst; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/sessions");
            request.Headers.Authorization = new("Bearer", await api.NewSessionAsync(i % 2 == 0 ? email : await api.NewPersonAsync()));
            answer = await host.Public.SendAsync(request);
        }

        await Problem.IsAsync(answer!, HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public void A_limit_that_nobody_defined_stops_the_start()
    {
        var fault = Assert.ThrowsAny<Exception>(() => ApiHost.Start(
            ApiHost.NoDatabase, configure: TestEndpoints.Add(test => test.MapGet("/limited", () => "").RequireRateLimit("undefined"))));

        Assert.Contains("\"undefined\"", fault.ToString());
    }

    [Fact]
    public void A_limit_that_is_given_as_an_object_stops_the_start()
    {
        var fault = Assert.ThrowsAny<Exception>(() => ApiHost.Start(
            ApiHost.NoDatabase, configure: TestEndpoints.Add(test => test.MapGet("/limited", () => "").RequireRateLimiting(new ByObject()))));

        Assert.Contains("limits its rate by an object, which nobody applies", fault.ToString());
    }

    private static Dictionary<string, string> Limit(string name) =>
        new() { [$"RateLimits:{name}:Burst"] = $"{Burst}", [$"RateLimits:{name}:PerMinute"] = "2" };

    private static async Task<HttpResponseMessage[]> BurstAsync(ApiHost host, int count, string? forwardedFor = null)
    {
        var answers = new HttpResponseMessage[count];

        for (var i = 0; i < count; i++)
        {
            answers[i] = await GetAsync(host, forwardedFor: forwardedFor);
        }

        return answers;
    }

    private static async Task<HttpResponseMessage> GetAsync(ApiHost host, string? token = null, string? forwardedFor = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);

        if (forwardedFor is not null)
        {
            request.Headers.Add("X-Forwarded-For", forwardedFor);
        }

        return await host.Public.SendAsync(request);
    }

    private ApiHost Start(params Dictionary<string, string>[] settings) =>
        api.StartAnother(settings: settings.SelectMany(pairs => pairs).ToDictionary());

    private sealed class ByObject : IRateLimiterPolicy<string>
    {
        public Func<OnRejectedContext, CancellationToken, ValueTask>? OnRejected => null;

        public RateLimitPartition<string> GetPartition(HttpContext httpContext) => RateLimitPartition.GetNoLimiter("");
    }
}
