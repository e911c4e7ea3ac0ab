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

    public ProblemDetails Of(Exception exception) => exception switch
    {
        BadHttpRequestException bad => Problems.OfStatus(bad.StatusCode).Details(),
        DbUpdateConcurrencyException => Problems.Conflict.Details("It was changed in the meantime: read it again before you change it."),
        PostgresException postgres => Of(postgres),
        NpgsqlOperationInProgressException => Problems.InternalError.Details(),
        BulkheadFullException => Problems.Unavailable.Details(),
        NpgsqlException or TimeoutException => Problems.Unavailable.Details(),
        OperationCanceledException { InnerException: TimeoutException } => Problems.UpstreamTimeout.Details(),
        HttpRequestException => Problems.UpstreamFailed.Details(),
        { InnerException: { } inner } => Of(inner),
        _ => Problems.InternalError.Details(),
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
