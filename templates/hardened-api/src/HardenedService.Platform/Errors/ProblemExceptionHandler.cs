using HardenedService.Platform.Outbound;
using HardenedService.Platform.RateLimiting;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HardenedService.Platform.Errors;

/// <summary>Turns what was thrown into a problem. The exception goes to the log, its trace id to the client, and nothing else.</summary>
internal sealed partial class ProblemExceptionHandler(
    ExceptionProblems exceptions, IProblemDetailsService problems, ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested
            && ExceptionProblems.Causes(exception).Any(cause => cause is OperationCanceledException or IOException))
        {
            // The client has gone: there is nobody to answer and nothing to mend.
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        var problem = exceptions.Of(exception, httpContext.Features.Get<IExceptionHandlerFeature>()?.Endpoint);
        Log(problem.Status!.Value, exception);
        httpContext.Response.StatusCode = problem.Status.Value;

        if (ExceptionProblems.Causes(exception).Select(RetryAfter).FirstOrDefault(wait => wait is not null) is { } wait)
        {
            Attempt.SetRetryAfter(httpContext.Response, wait);
        }

        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = httpContext,
            ProblemDetails = problem,
            Exception = exception,
        });
    }

    private static TimeSpan? RetryAfter(Exception exception) => exception switch
    {
        AttemptRefusedException refused => refused.RetryAfter,
        UpstreamException { Failure: UpstreamFailure.Unavailable } upstream => upstream.RetryAfter,
        _ => null,
    };

    // What the client did wrong is the client's to know, not ours to log.
    private void Log(int status, Exception exception)
    {
        if (ExceptionProblems.Causes(exception).Any(cause => cause is BulkheadFullException or UpstreamException { IsRefusal: true }))
        {
            // Counted by whoever refused it. In a flood, a record for each would make it worse.
            return;
        }

        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            LogUnavailable(exception);
        }
        else if (status is StatusCodes.Status502BadGateway or StatusCodes.Status504GatewayTimeout)
        {
            LogUpstream(exception);
        }
        else if (status >= 500 && ExceptionProblems.Causes(exception).OfType<PostgresException>().FirstOrDefault()?.ConstraintName is { } constraint)
        {
            LogConstraint(exception, constraint);
        }
        else if (status >= 500)
        {
            LogUnhandled(exception);
        }
    }

    [LoggerMessage(EventId = 1101, EventName = "RequestFailed", Level = LogLevel.Error, Message = "A request failed on our side")]
    private partial void LogUnhandled(Exception exception);

    [LoggerMessage(EventId = 1102, EventName = "RequestFailedUnavailable", Level = LogLevel.Warning, Message = "A request failed because something that it needs was out of reach")]
    private partial void LogUnavailable(Exception exception);

    [LoggerMessage(EventId = 1103, EventName = "RequestFailedUpstream", Level = LogLevel.Warning, Message = "A request failed because another system did")]
    private partial void LogUpstream(Exception exception);

    [LoggerMessage(EventId = 1104, EventName = "ConstraintUnmapped", Level = LogLevel.Error, Message = "A request violated {Constraint}, which is mapped to no problem")]
    private partial void LogConstraint(Exception exception, string constraint);
}
