using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Data;

/// <summary>The database dies, or freezes, under people's hands, and comes back.</summary>
public sealed class DatabaseFaultTests(MortalPostgres postgres) : IClassFixture<MortalPostgres>, IDisposable
{
    private const int Clients = 14;

    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan NoticeDeadline = TimeSpan.FromSeconds(5);

    private readonly ConcurrentQueue<Answer> _answers = new();
    private readonly Stalls _stalls = new();

    [Fact]
    [Wall("G2")]
    public async Task A_database_that_dies_costs_503s_until_it_is_back() => await EndureAsync(postgres.KillAsync, postgres.StartAsync);

    [Fact]
    [Wall("G2")]
    public async Task A_database_that_freezes_costs_503s_until_it_thaws() => await EndureAsync(postgres.FreezeAsync, postgres.ThawAsync);

    public void Dispose() => _stalls.Dispose();

    private async Task EndureAsync(Func<Task> fail, Func<Task> recover)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        using var api = ApiHost.Start(postgres.Database.AppConnectionString, settings: ApiHost.DefaultTimeouts);
        var (email, token) = await api.NewPersonAsync(postgres.Database);
        using var end = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients).Select(client => UseAsync(api, client, email, token, end.Token)).ToList();

        await Eventually.HoldsAsync(() => Enumerable.Range(0, Clients).All(client => Latest(client) is { Worked: true }), "everyone is served");
        await fail();
        await WithinAsync(NoticeDeadline, async () => await ReadyAsync(api) == HttpStatusCode.ServiceUnavailable, "not ready");
        await Eventually.HoldsAsync(() => Enumerable.Range(0, Clients).All(client => Latest(client) is { Worked: false }), "nobody is served");
        Assert.Equal(HttpStatusCode.OK, (await api.Management.GetAsync("/health/live")).StatusCode);

        await recover();
        var back = Stopwatch.GetTimestamp();
        await WithinAsync(NoticeDeadline, async () => await ReadyAsync(api) == HttpStatusCode.OK, "ready");
        await Eventually.HoldsAsync(
            () => Enumerable.Range(0, Clients).All(client => Latest(client) is { } latest && Stopwatch.GetElapsedTime(back, latest.Begun) > NoticeDeadline + _stalls.Longest),
            "everyone was answered after the deadline");
        await end.CancelAsync();
        await Task.WhenAll(clients);

        Assert.All(_answers, answer => Assert.True(answer.Worked || answer.IsUnavailable, $"{answer}"));
        Assert.All(_answers, answer => Assert.True(answer.Took < AnswerDeadline + _stalls.Longest, $"{answer}, stalls: {_stalls.Longest}"));
        Assert.All(_answers.Where(answer => Stopwatch.GetElapsedTime(back, answer.Begun) > NoticeDeadline + _stalls.Longest), answer => Assert.True(answer.Worked, $"{answer}"));
    }

    private async Task WithinAsync(TimeSpan deadline, Func<Task<bool>> condition, string what)
    {
        var waited = Stopwatch.StartNew();
        await Eventually.HoldsAsync(condition, what);
        Assert.True(waited.Elapsed < deadline + _stalls.Longest, $"{what}: it took {waited.Elapsed}, stalls: {_stalls.Longest}");
    }

    private static async Task<HttpStatusCode> ReadyAsync(ApiHost api) => (await api.Management.GetAsync("/health/ready")).StatusCode;

    private Answer? Latest(int client) => _answers.LastOrDefault(answer => answer.Client == client);

    // One after the other, each client of its own kind: a session looked up alone, one with a query after it, a sign-in. Of the last only
    // as many as two cores hash without a queue: what is measured is how long the database is waited for.
    private async Task UseAsync(ApiHost api, int client, string email, string token, CancellationToken end)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));

        while (!end.IsCancellationRequested)
        {
            using var request = (client % 7) switch
            {
                0 => new HttpRequestMessage(HttpMethod.Post, "/v1/sessions")
                {
                    Content = JsonContent.Create(new { email, password = People.Password, transport = "bearer" }),
                },
                1 or 2 or 3 => new HttpRequestMessage(HttpMethod.Get, "/v1/sessions/current"),
                _ => new HttpRequestMessage(HttpMethod.Get, "/v1/account"),
            };
            request.Headers.Authorization = request.Method == HttpMethod.Get ? new AuthenticationHeaderValue("Bearer", token) : null;

            var begun = Stopwatch.GetTimestamp();
            using var response = await api.Public.SendAsync(request, CancellationToken.None);
            _answers.Enqueue(new(
                client,
                begun,
                Stopwatch.GetElapsedTime(begun),
                response.StatusCode,
                response.Headers.RetryAfter is not null,
                await response.Content.ReadAsStringAsync(CancellationToken.None)));
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private sealed record Answer(int Client, long Begun, TimeSpan Took, HttpStatusCode Status, bool SaysWhen, string Body)
    {
        public bool Worked => Status is HttpStatusCode.OK or HttpStatusCode.Created;

        public bool IsUnavailable => Status == HttpStatusCode.ServiceUnavailable && SaysWhen && Body.Contains("\"unavailable\"", StringComparison.Ordinal);
    }
}
