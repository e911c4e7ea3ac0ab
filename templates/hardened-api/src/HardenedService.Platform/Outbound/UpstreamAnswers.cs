using System.Net.Http.Json;
using System.Text.Json;

namespace HardenedService.Platform.Outbound;

/// <summary>Reads the answers of other systems without believing them.</summary>
public static class UpstreamAnswers
{
    /// <summary>Reads a successful answer as JSON.</summary>
    /// <typeparam name="T">What it should hold; its required members must be there.</typeparam>
    /// <param name="response">The answer.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What it holds.</returns>
    /// <exception cref="UpstreamException">The status is none of success, the content is not JSON, or not this.</exception>
    public static async Task<T> ReadUpstreamJsonAsync<T>(this HttpResponseMessage response, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.RequireSuccess();

        if (response.Content.Headers.ContentType?.MediaType is not { } type
            || !(type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase)))
        {
            throw response.Failure("answered with something else than JSON");
        }

        try
        {
            return await response.Content.ReadFromJsonAsync<T>(cancel) ?? throw response.Failure("answered with nothing");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NotSupportedException)
        {
            // JSON that breaks off, another shape, or a charset that nobody knows.
            throw response.Failure("answered with JSON that cannot be read");
        }
    }

    /// <summary>Takes no answer but one of success (2xx). Those that say that the other system failed have been thrown before.</summary>
    /// <param name="response">The answer.</param>
    /// <exception cref="UpstreamException">It is another.</exception>
    public static void RequireSuccess(this HttpResponseMessage response)
    {
        ArgumentNullException.ThrowIfNull(response);

        if (!response.IsSuccessStatusCode)
        {
            throw response.Failure($"answered {(int)response.StatusCode}");
        }
    }

    private static UpstreamException Failure(this HttpResponseMessage response, string reason)
    {
        string? client = null;
        response.RequestMessage?.Options.TryGetValue(OutboundRequests.Client, out client);

        return new UpstreamException(client ?? "Another system", UpstreamFailure.Failed, reason) { IsTransient = false };
    }
}
