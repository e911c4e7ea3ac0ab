using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Xml.Linq;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Hosting;

/// <summary>Two replicas on one database, of which one is ten minutes off.</summary>
[Wall("K10")]
public sealed class ClockSkewTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task Sessions_tokens_codes_and_keys_of_one_replica_hold_on_the_other(int minutes)
    {
        using var skewed = api.StartAnother(configure: host => host.ConfigureTestServices(
            services => services.AddSingleton<TimeProvider>(new SkewedClock(TimeSpan.FromMinutes(minutes)))));
        var email = People.NewAddress();
        HttpClient[] replicas = [skewed.Public, api.Client];

        // Each step is done by the other replica than the one before it.
        await IsAsync(HttpStatusCode.Accepted, PostAsync(replicas[0], "/v1/accounts", new { email, password = People.Password }));
        var mailed = await api.MailAsync(email);
        await IsAsync(HttpStatusCode.NoContent, PostAsync(replicas[1], "/v1/accounts/confirm", new { token = mailed.Token, password = People.Password }));
        var session = await TokenAsync(await SignInAsync(replicas[0], email));

        // Fresh at both, and a code is right at both, for the database says what time it is.
        var setUp = await IsAsync(HttpStatusCode.OK, PostAsync(replicas[1], SecondFactorPeople.Totp, null, session));
        var app = new AuthenticatorApp((await setUp.JsonAsync()).GetProperty("secret").GetString()!);
        await IsAsync(HttpStatusCode.OK, PostAsync(replicas[0], SecondFactorPeople.Enable, new { code = await api.CodeAsync(app) }, session));

        foreach (var (asks, redeems) in new[] { (replicas[0], replicas[1]), (replicas[1], replicas[0]) })
        {
            await api.ForgetUsedCodesAsync(email);
            var problem = await Problem.IsAsync(await SignInAsync(asks, email), HttpStatusCode.Forbidden, "mfa_required");
            var redeemed = await IsAsync(HttpStatusCode.Created, PostAsync(
                redeems, "/v1/sessions/mfa", new { ticket = problem.GetProperty("ticket").GetString(), code = await api.CodeAsync(app), transport = "bearer" }));
            var bearer = await TokenAsync(redeemed);

            foreach (var replica in replicas)
            {
                await IsAsync(HttpStatusCode.OK, SendAsync(replica, HttpMethod.Get, "/v1/sessions/current", bearer));
            }
        }

        // A link of one works at the other, and an invitation too.
        var token = await api.NewTokenAsync(
            email, () => IsAsync(HttpStatusCode.Accepted, PostAsync(replicas[1], "/v1/accounts/forgot-password", new { email })));
        await IsAsync(HttpStatusCode.NoContent, PostAsync(
            replicas[0], "/v1/accounts/reset-password", new { token, newPassword = AccountCalls.NewPassword }));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_window_of_one_replica_is_the_others_window(int minutes)
    {
        var settings = new Dictionary<string, string>
        {
            ["AccountLimits:SignInsPerAccount:Attempts"] = "3",
            ["AccountLimits:SignInsPerAccount:Window"] = "01:00:00",
        };
        using var right = api.StartAnother(settings);
        using var skewed = api.StartAnother(settings, host => host.ConfigureTestServices(
            services => services.AddSingleton<TimeProvider>(new SkewedClock(TimeSpan.FromMinutes(minutes)))));
        var email = People.NewAddress();

        foreach (var replica in new[] { skewed, right, skewed })
        {
            await Problem.IsAsync(await SignInAsync(replica.Public, email), HttpStatusCode.Unauthorized, "invalid_credentials");
        }

        foreach (var replica in new[] { right, skewed })
        {
            var refused = await SignInAsync(replica.Public, email);
            await Problem.IsAsync(refused, HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromMinutes(55), TimeSpan.FromMinutes(60));
        }
    }

    [Fact]
    public async Task The_first_key_of_the_ring_is_valid_to_a_replica_that_is_behind()
    {
        var stored = XElement.Parse(await api.ScalarAsync<string>("select xml from platform.data_protection_keys order by id limit 1"));

        Assert.True((DateTimeOffset)stored.Element("activationDate")! <= (DateTimeOffset)stored.Element("creationDate")! - TimeSpan.FromMinutes(30));
    }

    [Fact]
    public void A_key_that_is_to_follow_another_one_begins_when_that_ends()
    {
        var key = XElement.Parse(
            "<key id='1'><creationDate>2026-01-01T00:00:00Z</creationDate><activationDate>2026-01-03T00:00:00Z</activationDate></key>");

        Assert.Equal(DateTimeOffset.Parse("2026-01-03T00:00:00Z", null), (DateTimeOffset)KeyRing.Backdated(key).Element("activationDate")!);
    }

    private static Task<HttpResponseMessage> SignInAsync(HttpClient replica, string email) =>
        PostAsync(replica, "/v1/sessions", new { email, password = People.Password, transport = "bearer" });

    private static Task<HttpResponseMessage> PostAsync(HttpClient replica, string path, object? body, string? bearer = null) =>
        SendAsync(replica, HttpMethod.Post, path, bearer, body is null ? null : JsonContent.Create(body));

    private static async Task<HttpResponseMessage> SendAsync(HttpClient replica, HttpMethod method, string path, string? bearer, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content, Headers = { { "Sec-Fetch-Site", "same-origin" } } };
        request.Headers.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);

        return await replica.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> IsAsync(HttpStatusCode expected, Task<HttpResponseMessage> answer)
    {
        var response = await answer;
        Assert.True(response.StatusCode == expected, $"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}");

        return response;
    }

    private static async Task<string> TokenAsync(HttpResponseMessage answer)
    {
        await IsAsync(HttpStatusCode.Created, Task.FromResult(answer));

        return (await answer.JsonAsync()).GetProperty("token").GetString()!;
    }

    /// <summary>Off by so much, and as fast as any other.</summary>
    private sealed class SkewedClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
