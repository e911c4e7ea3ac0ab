using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Data;

/// <summary>People who use the API without a pause, and go to whichever replica serves. Whoever fails once stops, so that the reason stays in sight.</summary>
internal sealed class Visitors : IAsyncDisposable
{
    private const int Count = 14;

    private readonly ConcurrentDictionary<int, (ApiHost By, int Count)> _served = [];
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Task _all;
    private volatile ApiHost _serving;

    private Visitors(ApiHost serving, string email, string token)
    {
        _serving = serving;
        _all = Task.WhenAll(Enumerable.Range(0, Count).Select(visitor => UseAsync(visitor, email, token)));
    }

    public ApiHost Serving => _serving;

    public static async Task<Visitors> ComeAsync(ApiHost serving, TestDatabase database)
    {
        var (email, token) = await serving.NewPersonAsync(database);

        return new(serving, email, token);
    }

    /// <summary>Sends them to another replica.</summary>
    /// <returns>The one that served until then, which is the caller's to stop.</returns>
    public ApiHost Move(ApiHost next)
    {
        var before = _serving;
        _serving = next;

        return before;
    }

    /// <summary>Everyone three times from now on, so that sessions, the account and what follows have all been asked for.</summary>
    public async Task AreServedAsync()
    {
        _served.Clear();
        var serving = _serving;
        await Eventually.HoldsAsync(
            () =>
            {
                Assert.True(_failures.IsEmpty, string.Join('\n', _failures));

                return Enumerable.Range(0, Count).All(visitor => _served.TryGetValue(visitor, out var served) && served.By == serving && served.Count >= 3);
            },
            "everyone is served");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _all;
        _end.Dispose();
        _serving.Dispose();
    }

    private async Task UseAsync(int visitor, string email, string token)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));

        while (!_end.IsCancellationRequested)
        {
            var by = _serving;

            if (await FailureAsync(by, visitor, email, token) is { } failure)
            {
                _failures.Enqueue(failure);
                return;
            }

            _served.AddOrUpdate(visitor, _ => (by, 1), (_, known) => (by, known.By == by ? known.Count + 1 : 1));
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static async Task<string?> FailureAsync(ApiHost by, int visitor, string email, string token)
    {
        using var request = visitor % 7 == 0
            ? new HttpRequestMessage(HttpMethod.Post, "/v1/sessions") { Content = JsonContent.Create(new { email, password = People.Password, transport = "bearer" }) }
            : new HttpRequestMessage(HttpMethod.Get, visitor % 2 == 0 ? "/v1/account" : "/v1/sessions/current");
        request.Headers.Authorization = request.Method == HttpMethod.Get ? new AuthenticationHeaderValue("Bearer", token) : null;

        try
        {
            using var answer = await by.Public.SendAsync(request, CancellationToken.None);

            return answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created
                ? null
                : $"{request.RequestUri}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}";
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return $"{request.RequestUri}: {exception}";
        }
    }
}
