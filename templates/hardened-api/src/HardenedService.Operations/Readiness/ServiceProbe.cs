using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace HardenedService.Operations.Readiness;

/// <summary>What came back, whatever it was.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Headers">Of the answer and of its content: a line for each, <c>Name: value</c>.</param>
/// <param name="MediaType">The content type without its parameters; null if none is named.</param>
/// <param name="Body">As text.</param>
internal sealed record ProbeAnswer(int Status, IReadOnlyList<string> Headers, string? MediaType, string Body)
{
    public bool IsProblem => MediaType == "application/problem+json";

    /// <summary>The problem's code; null if it is none.</summary>
    public string? Code => IsProblem ? Member("code") : null;

    /// <summary>A text of the JSON object that came back; null if there is none.</summary>
    public string? Member(string name)
    {
        try
        {
            using var json = JsonDocument.Parse(Body);

            return json.RootElement.ValueKind is JsonValueKind.Object && json.RootElement.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Calls the service as anybody could, and nothing that succeeds without a session.</summary>
internal static class ServiceProbe
{
    // A busy address is told to come back; a check waits for that, but not for longer than it may run.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(45);

    /// <summary>Sends a request until it gets past the limits of this address.</summary>
    /// <param name="context">Whose client sends it.</param>
    /// <param name="server">The service, or its management port.</param>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query, exactly as they go out, from a slash on.</param>
    /// <param name="complete">Adds headers and content, for each try.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="InconclusiveException">This is not where the service answers, or it answers nothing else than that it is busy.</exception>
    public static async Task<ProbeAnswer> ProbeAsync(
        this ReadinessContext context, Uri server, HttpMethod method, string path, Action<HttpRequestMessage> complete, CancellationToken cancel)
    {
        for (var waited = TimeSpan.Zero; ;)
        {
            using var request = new HttpRequestMessage(method, Target(server, path));
            complete(request);
            using var response = await SendAsync(context.Http, request, cancel);

            if (response.StatusCode != HttpStatusCode.TooManyRequests)
            {
                return Demand(server, response, await ReadAsync(response, cancel));
            }

            var pause = Pause(response.Headers.RetryAfter);
            waited += pause;

            if (waited > LongestWait)
            {
                throw new InconclusiveException(FormattableString.Invariant($"{server} answers that this address asks too often: try again in {pause.TotalSeconds:0} seconds"));
            }

            await Task.Delay(pause, cancel);
        }
    }

    /// <inheritdoc cref="ProbeAsync(ReadinessContext, Uri, HttpMethod, string, Action{HttpRequestMessage}, CancellationToken)"/>
    public static Task<ProbeAnswer> ProbeAsync(this ReadinessContext context, Uri server, HttpMethod method, string path, CancellationToken cancel) =>
        ProbeAsync(context, server, method, path, _ => { }, cancel);

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            return await client.SendAsync(request, cancel);
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new InconclusiveException($"{request.RequestUri!.GetLeftPart(UriPartial.Authority)} has not answered within {client.Timeout.TotalSeconds} seconds");
        }
    }

    private static Uri Target(Uri server, string path) =>
        new($"{server.ToString().TrimEnd('/')}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private static TimeSpan Pause(RetryConditionHeaderValue? asked) => (asked?.Delta ?? TimeSpan.FromSeconds(10)) + TimeSpan.FromMilliseconds(100);

    private static async Task<ProbeAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancel) => new(
        (int)response.StatusCode,
        [.. response.Headers.Concat(response.Content.Headers).SelectMany(header => header.Value, (header, value) => $"{header.Key}: {value}")],
        response.Content.Headers.ContentType?.MediaType,
        await response.Content.ReadAsStringAsync(cancel));

    // What stands before the service would be taken for it.
    private static ProbeAnswer Demand(Uri server, HttpResponseMessage response, ProbeAnswer answer) =>
        response.Headers.Location is { } elsewhere && (int)response.StatusCode is >= 300 and < 400
            ? throw new InconclusiveException($"{server} leads to {elsewhere}: name the address where the service answers, by --url")
            : answer.Code == "https_required"
                ? throw new InconclusiveException($"{server} answers over HTTPS alone: name the public address, by --url")
                : answer;
}
