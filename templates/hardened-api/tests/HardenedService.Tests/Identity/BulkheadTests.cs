using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Identity;

/// <summary>Hosts that hash one password at a time, let few wait, and hash when the test says so.</summary>
[Wall("A11")]
public sealed class BulkheadTests : IClassFixture<ApiFixture>, IDisposable
{
    private readonly ApiFixture _api;
    private readonly CountedHasher _hasher = new();
    private readonly ManualResetEventSlim _held = new();

    public BulkheadTests(ApiFixture api)
    {
        _api = api;
        _hasher.Verifying = _held.Wait;
    }

    public void Dispose() => _held.Dispose();

    [Fact]
    public async Task A_flood_of_sign_ins_is_refused_at_once_and_other_calls_are_answered()
    {
        using var host = Start(patience: "00:01:00");
        var refusals = Count(host, "app.bulkhead.refusals", out var listener);
        using var listening = listener;
        var (_, token) = await host.NewPersonAsync(_api.Database);
        var calls = Enumerable.Range(0, 30).Select(_ => SignInAsync(host)).ToList();

        // All but the one at work and the two that wait.
        for (var i = 0; i < 27; i++)
        {
            var refused = await Task.WhenAny(calls);
            calls.Remove(refused);
            await Problem.IsAsync(await refused, HttpStatusCode.ServiceUnavailable, "unavailable");
            Assert.True((await refused).Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        }

        Assert.Equal(27, refusals());
        using var other = new HttpRequestMessage(HttpMethod.Get, "/v1/account") { Headers = { { "Authorization", $"Bearer {token}" } } };
        Assert.Equal(HttpStatusCode.OK, (await host.Public.SendAsync(other)).StatusCode);
        _held.Set();

        Assert.All(await Task.WhenAll(calls), answer => Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode));
        Assert.Equal(3, _hasher.Verified);
    }

    [Fact]
    public async Task Who_waits_for_too_long_is_refused_and_the_attempt_does_not_count()
    {
        using var host = Start(patience: "00:00:00.100");
        var email = People.NewAddress();
        var first = SignInAsync(host, email);
        await Eventually.HoldsAsync(() => _hasher.Verified == 1, "the first one at work");

        for (var i = 0; i < 6; i++)
        {
            await Problem.IsAsync(await SignInAsync(host, email), HttpStatusCode.ServiceUnavailable, "unavailable");
        }

        _held.Set();
        Assert.Equal(HttpStatusCode.Unauthorized, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SignInAsync(host, email)).StatusCode);
    }

    [Fact]
    public async Task Who_leaves_while_waiting_leaves_the_queue()
    {
        using var host = Start(patience: "00:01:00", queue: 3);
        var waiting = Count(host, "app.bulkhead.waiting", out var listener);
        using var listening = listener;
        var first = SignInAsync(host);
        await Eventually.HoldsAsync(() => _hasher.Verified == 1, "the first one at work");
        using var leaving = new CancellationTokenSource();
        var impatient = SignInAsync(host, cancel: leaving.Token);
        var patient = SignInAsync(host);
        await Eventually.HoldsAsync(() => waiting() == 2, "two to wait");

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        await Eventually.HoldsAsync(() => waiting() == 1, "one to have left");
        var next = SignInAsync(host);
        await Eventually.HoldsAsync(() => waiting() == 2, "another one in its place");
        _held.Set();

        Assert.All(await Task.WhenAll(first, patient, next), answer => Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode));
        Assert.Equal(3, _hasher.Verified);
    }

    private static Task<HttpResponseMessage> SignInAsync(ApiHost host, string? email = null, CancellationToken cancel = default) =>
        host.Public.PostAsJsonAsync("/v1/sessions", new { email = email ?? People.NewAddress(), password = "not the right password", transport = "bearer" }, cancel);

    // The sum of what this host's instrument was given.
    private static Func<long> Count(ApiHost host, string name, out MeterListener listener)
    {
        var factory = host.Services.GetRequiredService<IMeterFactory>();
        var sum = 0L;
        listener = new MeterListener
        {
            InstrumentPublished = (instrument, meters) =>
            {
                if (instrument.Name == name && instrument.Meter.Scope == factory)
                {
                    meters.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, measurement, _, _) => Interlocked.Add(ref sum, measurement));
        listener.Start();

        return () => Interlocked.Read(ref sum);
    }

    private ApiHost Start(string patience, int queue = 2) => _api.StartAnother(
        new Dictionary<string, string>
        {
            ["PasswordHashing:Concurrency"] = "1",
            ["PasswordHashing:Queue"] = $"{queue}",
            ["PasswordHashing:Patience"] = patience,
            ["AccountLimits:SignInsPerAccount:Attempts"] = "5",
        },
        _hasher.Use);
}
