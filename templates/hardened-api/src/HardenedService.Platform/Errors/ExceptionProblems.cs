using HardenedService.Platform.Outbound;
using HardenedService.Platform.Preconditions;
using HardenedService.Platform.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HardenedService.Platform.Errors;

/// <summary>What an exception means to the client. One that is not listed, nor wraps one that is, counts as a fault of ours.</summary>
internal sealed class ExceptionProblems(IEnumerable<ConstraintProblem> constraints)
{
    private readonly Dictionary<string, ConstraintProblem> _constraints = constraints.ToDictionary(constraint => constraint.Constraint);

    /// <param name="exception">What was thrown.</param>
    /// <param name="endpoint">The endpoint that it was thrown on the way to, or by.</param>
    public ProblemDetails Of(Exception exception, Endpoint? endpoint) => exception switch
    {
        BadHttpRequestException bad => Problems.OfStatus(bad.StatusCode).Details(),
        DbUpdateConcurrencyException when endpoint?.Metadata.GetMetadata<IfMatchMetadata>() is not null => Problems.PreconditionFailed.Details(),
        DbUpdateConcurrencyException => Problems.Conflict.Details("It was changed in the meantime: read it again before you change it."),
        PostgresException postgres => Of(postgres),
        NpgsqlOperationInProgressException => Problems.InternalError.Details(),
        AttemptRefusedException => Problems.RateLimited.Details(),
        BulkheadFullException => Problems.Unavailable.Details(),
        UpstreamException upstream => Of(upstream.Failure),
        RefusedAddressException refused => Problems.ValidationFailed.Details(refused.Message),
        NpgsqlException or TimeoutException => Problems.Unavailable.Details(),
        OperationCanceledException { InnerException: TimeoutException } => Problems.UpstreamTimeout.Details(),
        HttpRequestException => Problems.UpstreamFailed.Details(),
        { InnerException: { } inner } => Of(inner, endpoint),
        _ => Problems.InternalError.Details(),
    };

    /// <summary>What a handler refused by throwing. Null if it failed, or if the request could not be read, which is no answer of its own.</summary>
    public ProblemDetails? RefusalOf(Exception exception, Endpoint? endpoint) =>
        !Causes(exception).Any(cause => cause is BadHttpRequestException)
            && Of(exception, endpoint) is { Status: < StatusCodes.Status500InternalServerError } refusal ? refusal : null;

    /// <summary>The exception, and what it wraps.</summary>
    public static IEnumerable<Exception> Causes(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    private static ProblemDetails Of(UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.Unavailable => Problems.Unavailable.Details(),
        UpstreamFailure.TimedOut => Problems.UpstreamTimeout.Details(),
        _ => Problems.UpstreamFailed.Details(),
    };

    private ProblemDetails Of(PostgresException exception) =>
        exception.ConstraintName is { } name && _constraints.TryGetValue(name, out var constraint) ? constraint.Details()
        : IsTemporary(exception) ? Problems.Unavailable.Details()
        : IsUnstorableText(exception) ? Problems.MalformedRequest.Details("A text holds a character that cannot be stored.")
        : Problems.InternalError.Details();

    // A NUL that came by a way on which nothing looks for it.
    private static bool IsUnstorableText(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter;

    // Npgsql's own list holds shutdowns, too many connections, serialization failures, deadlocks and locks that are not to be had. It
    // lacks the timeouts: of a statement, of a transaction that idled, of a session that did.
    private static bool IsTemporary(PostgresException exception) =>
        exception.IsTransient || exception.SqlState is PostgresErrorCodes.QueryCanceled or "25P03" or "57P05";
}
