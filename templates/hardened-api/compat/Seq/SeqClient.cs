using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Serilog.Events;

namespace Serilog.Sinks.Seq;

/// <summary>Seq's ingestion endpoint, which takes events in the compact log event format, one to a line.</summary>
internal sealed class SeqClient : IDisposable
{
    private readonly HttpClient _http;

    public SeqClient(Uri server, string? apiKey, HttpMessageHandler? handler)
    {
        _http = new HttpClient(handler ?? OwnHandler()) { BaseAddress = server };
        if (!string.IsNullOrWhiteSpace(apiKey))
        {
            _http.DefaultRequestHeaders.Add("X-Seq-ApiKey", apiKey);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends events.</summary>
    /// <returns>The level that Seq asks for, if it does.</returns>
    /// <exception cref="HttpRequestException">Seq cannot be reached, or refused the events.</exception>
    /// <exception cref="OperationCanceledException">Seq did not answer in time.</exception>
    public async Task<LogEventLevel?> SendAsync(string events, CancellationToken cancel)
    {
        using var content = new StringContent(events, Encoding.UTF8, new MediaTypeHeaderValue("application/vnd.serilog.clef", "utf-8"));
        using var response = await _http.PostAsync(new Uri("api/events/raw", UriKind.Relative), content, cancel);
        var answer = await response.Content.ReadAsStringAsync(cancel);
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"Seq answered {(int)response.StatusCode}: {answer}");
        }

        return MinimumLevel(answer);
    }

    private static LogEventLevel? MinimumLevel(string answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("MinimumLevelAccepted", out var asked)
                && Enum.TryParse<LogEventLevel>(asked.ToString(), out var level)
                    ? level
                    : null;
        }
        catch (JsonException)
        {
            // The events are in all the same: a proxy, or an older Seq, answers otherwise.
            return null;
        }
    }

    // Pooled connections are renewed, so that a change of DNS is noticed; and requests to Seq are no spans, which would beget events.
    private static SocketsHttpHandler OwnHandler() =>
        new() { PooledConnectionLifetime = TimeSpan.FromMinutes(5), ActivityHeadersPropagator = null };
}
