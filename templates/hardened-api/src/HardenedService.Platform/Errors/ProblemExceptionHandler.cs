using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HardenedService.Platform.Errors;

/// <summary>Turns what was thrown into a problem. The exception goes to the log, its trace id to the client, and nothing else.</summary>
internal sealed partial class ProblemExceptionHandler(IProblemDetailsService problems, ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    private const string RetryAfterSeconds = "2";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: there is nobody to answer and nothing to mend.
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        var code = CodeOf(exception);

        if (code == Problems.Unavailable)
        {
            httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
            LogUnavailable(exception);
        }
        else if (code == Problems.InternalError)
        {
            LogUnhandled(exception);
        }

        httpContext.Response.StatusCode = code.Status;

        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = httpContext,
            ProblemDetails = code.Details(),
            Exception = exception,
        });
    }

    private static ProblemCode CodeOf(Exception exception) => exception switch
    {
        BadHttpRequestException bad => Problems.OfStatus(bad.StatusCode),
        PostgresException { IsTransient: false } => Problems.InternalError,
        NpgsqlException => Problems.Unavailable,
        { InnerException: NpgsqlException inner } => CodeOf(inner),
        _ => Problems.InternalError,
    };

    [LoggerMessage(EventId = 1101, Level = LogLevel.Error, Message = "A request failed on our side")]
    private partial void LogUnhandled(Exception exception);

    [LoggerMessage(EventId = 1102, Level = LogLevel.Warning, Message = "A request failed because the database was out of reach")]
    private partial void LogUnavailable(Exception exception);
}
