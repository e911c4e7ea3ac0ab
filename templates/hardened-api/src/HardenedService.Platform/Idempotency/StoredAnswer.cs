using System.Diagnostics.CodeAnalysis;
using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace HardenedService.Platform.Idempotency;

/// <summary>An answer as it went out and goes out again: status, the headers that the call itself added, body.</summary>
internal sealed record StoredAnswer(int Status, Dictionary<string, string?[]> Headers, byte[] Body) : IResult, IStatusCodeHttpResult
{
    public const string ReplayedHeader = "Idempotency-Replayed";

    // A cookie is not the call's effect, and a secret. The rest describes one transmission.
    private static readonly HashSet<string> Transient = new(
        [HeaderNames.SetCookie, HeaderNames.ContentLength, HeaderNames.TransferEncoding, HeaderNames.Connection, HeaderNames.Date, HeaderNames.Server],
        StringComparer.OrdinalIgnoreCase);

    [SuppressMessage("Design", "CA1033", Justification = "The interface wants a nullable status; ours is known.")]
    int? IStatusCodeHttpResult.StatusCode => Status;

    /// <summary>Whether this is a retry's answer.</summary>
    public bool IsReplay { get; init; }

    /// <summary>Renders a handler's result without sending anything.</summary>
    /// <param name="result">The result.</param>
    /// <param name="context">The request.</param>
    /// <param name="before">The response's headers as they were before the handler ran.</param>
    /// <param name="limit">The largest body, in bytes.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="InvalidOperationException">The body is larger.</exception>
    public static async Task<StoredAnswer> RenderAsync(
        object? result, HttpContext context, IReadOnlyDictionary<string, StringValues> before, int limit)
    {
        var response = context.Response;
        var socket = response.Body;
        using var body = new BoundedBody(limit);

        try
        {
            response.Body = body;
            await Executable(result, response.StatusCode).ExecuteAsync(context);

            if (body.Length == 0 && response.StatusCode >= StatusCodes.Status400BadRequest)
            {
                // Otherwise the pipeline would give a bare status another body each time.
                await Problems.OfStatus(response.StatusCode).Result().ExecuteAsync(context);
            }
        }
        finally
        {
            response.Body = socket;
        }

        return new(
            response.StatusCode,
            response.Headers
                .Where(header => !Transient.Contains(header.Key) && (!before.TryGetValue(header.Key, out var former) || former != header.Value))
                .ToDictionary(header => header.Key, header => header.Value.ToArray()),
            body.ToArray());
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;

        foreach (var (name, values) in Headers)
        {
            response.Headers[name] = values;
        }

        if (IsReplay)
        {
            response.Headers[ReplayedHeader] = "true";
        }

        if (Body.Length > 0)
        {
            response.ContentLength = Body.Length;
            await response.Body.WriteAsync(Body, httpContext.RequestAborted);
        }
    }

    // What the framework does with a handler's return value.
    private static IResult Executable(object? result, int status) => result switch
    {
        IResult executable => executable,
        string text => TypedResults.Text(text, statusCode: status),
        _ => TypedResults.Json(result, statusCode: status),
    };

    /// <summary>Refuses what is too much when it is written, and not when all of it is there.</summary>
    private sealed class BoundedBody(int limit) : MemoryStream
    {
        // All other ways to write lead here.
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Length + count > limit)
            {
                throw new InvalidOperationException(
                    $"An idempotent call answered with more than {limit} bytes, which is what is kept at most (Idempotency:MaxAnswerSize). Answer with a link.");
            }

            base.Write(buffer, offset, count);
        }
    }
}
