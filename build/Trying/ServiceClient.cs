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
        request.Headers.Authorization = Bearer is null ? null : new AuthenticationHeaderValue("Bearer", Bearer);
        try
        {
            using var response = await _http.SendAsync(request, cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);
            if (response.StatusCode != expected)
            {
                throw new BuildException($"{method} {path} answered {(int)response.StatusCode} instead of {(int)expected}.", text);
            }

            return text.Length == 0 ? default : JsonElement.Parse(text);
        }
        catch (Exception exception) when (IsNoAnswer(exception))
        {
            throw new BuildException($"{method} {path} got no answer: {exception.Message}");
        }
    }

    /// <summary>Waits for the mail to this address, and returns the one-time token that stands in it.</summary>
    public async Task<string> FetchMailedTokenAsync(string email)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(LongestDelivery);
        using var again = new PeriodicTimer(BetweenLooks);
        try
        {
            while (true)
            {
                var mails = await _http.GetFromJsonAsync<JsonElement>(new Uri(ports.Mails, $"?to={Uri.EscapeDataString(email)}"), deadline.Token);
                if (mails.EnumerateArray().Select(mail => mail.GetProperty("token").GetString()).FirstOrDefault() is { } token)
                {
                    return token;
                }

                await again.WaitForNextTickAsync(deadline.Token);
            }
        }
        catch (Exception exception) when (IsNoAnswer(exception))
        {
            throw new BuildException($"No mail for {email} arrived within {LongestDelivery.TotalSeconds:0} s.");
        }
    }

    public void Dispose() => _http.Dispose();

    private bool IsNoAnswer(Exception exception) =>
        exception is HttpRequestException || (exception is OperationCanceledException && !cancel.IsCancellationRequested);
}
