using System.Net;
using System.Net.Http.Headers;
using HardenedService.Platform.Outbound;
using HardenedService.Platform.Validation;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Documents.Reviews;

/// <summary>
/// Asks the reviewer: <c>POST reviews</c> with the document's bytes, answered with <c>{"summary":"…"}</c>. The key of the request is the
/// review's id, the same however often it is sent.
/// </summary>
internal sealed class ReviewClient(HttpClient http, IOptions<ReviewOptions> options)
{
    public const string Name = "Reviewer";

    /// <summary>In code points, as the database has it.</summary>
    private const int MaxSummaryLength = 10_000;

    private static readonly FreeTextAttribute SummaryRule = new(MaxSummaryLength);

    /// <summary>Has a document reviewed.</summary>
    /// <param name="reviewId">The review.</param>
    /// <param name="document">The document's bytes, which are sent as they are read.</param>
    /// <param name="contentType">What they are.</param>
    /// <param name="size">How many they are.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The summary.</returns>
    /// <exception cref="ReviewFailedException">The reviewer answered, and would answer the same again.</exception>
    /// <exception cref="UpstreamException">The reviewer failed, or was not called.</exception>
    public async Task<string> ReviewAsync(Guid reviewId, Stream document, string contentType, long size, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("reviews", UriKind.Relative))
        {
            Content = new StreamContent(document) { Headers = { ContentType = new(contentType), ContentLength = size } },
        };

        if (options.Value.ApiKey is { } key)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        using var response = await http.SendAsync(request.WithIdempotencyKey($"{reviewId}"), cancel);
        RequireSuccess(response.StatusCode);

        try
        {
            var answer = await response.ReadUpstreamJsonAsync<Answer>(cancel);

            return TextOf(answer.Summary);
        }
        catch (UpstreamException)
        {
            // All of it is here, and it is not what was asked for.
            throw new ReviewFailedException(ReviewFailures.Unreadable);
        }
    }

    // What the reviewer says of the document, it will say again; what it says of us, such as 401, somebody can put right.
    private static void RequireSuccess(HttpStatusCode status)
    {
        if (status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnsupportedMediaType or HttpStatusCode.UnprocessableEntity)
        {
            throw new ReviewFailedException(ReviewFailures.Refused);
        }

        if (status is < HttpStatusCode.OK or >= HttpStatusCode.MultipleChoices)
        {
            throw new UpstreamException(Name, UpstreamFailure.Failed, $"answered {(int)status}");
        }
    }

    private static string TextOf(string? summary)
    {
        // No code point has more than two units: before anything long is normalized.
        if (string.IsNullOrWhiteSpace(summary) || summary.Length > MaxSummaryLength * 2)
        {
            throw new ReviewFailedException(ReviewFailures.Unreadable);
        }

        try
        {
            var text = summary.ReplaceLineEndings("\n").Normalize();

            return SummaryRule.IsValid(text) ? text : throw new ReviewFailedException(ReviewFailures.Unreadable);
        }
        catch (ArgumentException)
        {
            // Half of a surrogate pair.
            throw new ReviewFailedException(ReviewFailures.Unreadable);
        }
    }

    private sealed record Answer(string? Summary);
}
