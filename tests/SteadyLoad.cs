using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;

namespace HardenedStarter.Tests;

/// <summary>
/// Clients that read and write without a break, each on a connection of its own that is kept. They are as good as the contract asks them to be: a
/// read, or a write with a key, whose connection was closed under it is sent once again, with the same key (RFC 9110, 9.2.2). Any HTTP server may
/// close a connection between two requests, and nginx does so whenever it is reloaded.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly ConcurrentDictionary<string, string> _stored = [];
    private readonly Task _clients;
    private int _done;
    private int _repeated;

    public SteadyLoad(Uri address, string bearer, int clients) =>
        _clients = Task.WhenAll(Enumerable.Range(0, clients).Select(_ => RunAsync(address, bearer)));

    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>By key, the document that was made of it.</summary>
    public IReadOnlyDictionary<string, string> Stored => _stored;

    public int Done => _done;

    public int Repeated => _repeated;

    /// <summary>Lets every client finish what it is at.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _clients;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(Uri address, string bearer)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 1 }) { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        using var again = new PeriodicTimer(Pause);

        while (!_stop.IsCancellationRequested)
        {
            await OnceAgainAsync(() => ReadAsync(http, "/v1/account"));
            await OnceAgainAsync(Upload(http));
            await OnceAgainAsync(() => ReadAsync(http, "/v1/documents?limit=1"));
            await again.WaitForNextTickAsync();
        }
    }

    private async Task OnceAgainAsync(Func<Task> send)
    {
        try
        {
            try
            {
                await send();
            }
            catch (HttpRequestException)
            {
                Interlocked.Increment(ref _repeated);
                await send();
            }
        }
        catch (HttpRequestException exception)
        {
            _failures.Enqueue(exception.ToString());
        }
    }

    private async Task ReadAsync(HttpClient http, string path) => await ExpectAsync(HttpStatusCode.OK, await http.GetAsync(new Uri(path, UriKind.Relative)));

    private Func<Task> Upload(HttpClient http)
    {
        var key = Guid.NewGuid().ToString();

        return () => SendAsync(http, key);
    }

    private async Task SendAsync(HttpClient http, string key)
    {
        using var form = new MultipartFormDataContent { { new StringContent("A document"), "title" }, { new StringContent("Some text."), "file", "a.txt" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/documents", UriKind.Relative)) { Content = form };
        request.Headers.Add("Idempotency-Key", key);
        using var answer = await http.SendAsync(request);
        await ExpectAsync(HttpStatusCode.Created, answer);

        if (answer.StatusCode == HttpStatusCode.Created)
        {
            _stored[key] = $"{answer.Headers.Location}";
        }
    }

    private async Task ExpectAsync(HttpStatusCode expected, HttpResponseMessage answer)
    {
        using (answer)
        {
            if (answer.StatusCode != expected)
            {
                _failures.Enqueue($"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri} answered {answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            }
        }

        Interlocked.Increment(ref _done);
    }
}
