using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace HardenedStarter.Build.Trying;

/// <summary>Calls the service and its mail catcher, and says clearly what was not as expected.</summary>
internal sealed class ServiceClient(ServicePorts ports, CancellationToken cancel) : IDisposable
{
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestDelivery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = ports.Public, Timeout = LongestCall };

    /// <summary>The session's token, once there is one.</summary>
    public string? Bearer { get; set; }

    /// <summary>The answer's body, or nothing where it has none.</summary>
    /// <exception cref="BuildException">The answer was another one than expected, or none.</exception>
    public async Task<JsonElement> CallAsync(HttpMethod method, string path, HttpStatusCode expected, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };

        return Parse(await SendAsync(request, expected));
    }

    /// <summary>Posts what happens once, however often it is sent.</summary>
    /// <exception cref="BuildException">The answer was another one than expected, or none.</exception>
    public async Task<JsonElement> CallOnceAsync(string path, HttpStatusCode expected, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());

        return Parse(await SendAsync(request, expected));
    }

    /// <summary>What is there, as text.</summary>
    /// <exception cref="BuildException">The answer was another one than 200, or none.</exception>
    public async Task<string> ReadAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);

        return await SendAsync(request, HttpStatusCode.OK);
    }

    /// <summary>Asks again and again, until the answer is as it is waited for.</summary>
    /// <exception cref="BuildException">It was not within the limit.</exception>
    public async Task<JsonElement> WaitAsync(string path, Func<JsonElement, bool> isDone, TimeSpan limit)
    {
        var last = default(JsonElement);
        var found = await PollAsync(limit, async _ => isDone(last = await CallAsync(HttpMethod.Get, path, HttpStatusCode.OK)) ? "done" : null);

        return found is null
            ? throw new BuildException($"GET {path} did not change within {limit.TotalSeconds:0} s.", last.ValueKind == JsonValueKind.Undefined ? "" : last.GetRawText())
            : last;
    }

    /// <summary>Waits for the mail to this address, and returns the one-time token that stands in it.</summary>
    /// <exception cref="BuildException">None arrived.</exception>
    public async Task<string> FetchMailedTokenAsync(string email) =>
        await PollAsync(LongestDelivery, async limit =>
        {
            var mails = await _http.GetFromJsonAsync<JsonElement>(new Uri(ports.Mails, $"?to={Uri.EscapeDataString(email)}"), limit);

            return mails.EnumerateArray().Select(mail => mail.GetProperty("token").GetString()).FirstOrDefault();
        }) ?? throw new BuildException($"No mail for {email} arrived within {LongestDelivery.TotalSeconds:0} s.");

    public void Dispose() => _http.Dispose();

    private async Task<string> SendAsync(HttpRequestMessage request, HttpStatusCode expected)
    {
        var call = $"{request.Method} {request.RequestUri}";
        request.Headers.Authorization = Bearer is null ? null : new AuthenticationHeaderValue("Bearer", Bearer);
        try
        {
            using var response = await _http.SendAsync(request, cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);

            return response.StatusCode == expected
                ? text
                : throw new BuildException($"{call} answered {(int)response.StatusCode} instead of {(int)expected}.", text);
        }
        catch (Exception exception) when (IsNoAnswer(exception))
        {
            throw new BuildException($"{call} got no answer: {exception.Message}");
        }
    }

    private static JsonElement Parse(string text) => text.Length == 0 ? default : JsonElement.Parse(text);

    /// <summary>Null if nothing was found within the limit, or nobody answers.</summary>
    private async Task<string?> PollAsync(TimeSpan limit, Func<CancellationToken, Task<string?>> find)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(limit);
        using var again = new PeriodicTimer(BetweenLooks);
        try
        {
            while (true)
            {
                if (await find(deadline.Token) is { } found)
                {
                    return found;
                }

                await again.WaitForNextTickAsync(deadline.Token);
            }
        }
        catch (Exception exception) when (IsNoAnswer(exception))
        {
            return null;
        }
    }

    private bool IsNoAnswer(Exception exception) =>
        exception is HttpRequestException || (exception is OperationCanceledException && !cancel.IsCancellationRequested);
}
