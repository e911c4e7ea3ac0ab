using System.Collections.Frozen;

namespace HardenedService.Platform.Errors;

/// <summary>The catalogue: every problem that this service answers with.</summary>
public static class Problems
{
    /// <summary>The request cannot be read: broken JSON, an unknown or duplicate member, a wrong type.</summary>
    public static readonly ProblemCode MalformedRequest = new("malformed_request", 400, "The request cannot be read");

    /// <summary>The request was read, but a value in it is not acceptable; <c>errors</c> says which.</summary>
    public static readonly ProblemCode ValidationFailed = new("validation_failed", 400, "Some values are not acceptable");

    /// <summary>No session, or one that has ended.</summary>
    public static readonly ProblemCode Unauthenticated = new("unauthenticated", 401, "A session is needed");

    /// <summary>Sign-in refused. The same for a wrong password and for an unknown address.</summary>
    public static readonly ProblemCode InvalidCredentials = new("invalid_credentials", 401, "Address or password is wrong");

    /// <summary>A mailed token that is unknown, used, expired, or given with the wrong password.</summary>
    public static readonly ProblemCode InvalidToken = new("invalid_token", 401, "The token is not valid");

    /// <summary>Signed in, but not allowed.</summary>
    public static readonly ProblemCode Forbidden = new("forbidden", 403, "This is not allowed");

    /// <summary>The password was right, but the address has not been confirmed yet.</summary>
    public static readonly ProblemCode EmailUnconfirmed = new("email_unconfirmed", 403, "The address is not confirmed yet");

    /// <summary>There is no such thing, or it is not yours to see.</summary>
    public static readonly ProblemCode NotFound = new("not_found", 404, "Not found");

    /// <summary>The path exists, but not with this method.</summary>
    public static readonly ProblemCode MethodNotAllowed = new("method_not_allowed", 405, "The method is not allowed here");

    /// <summary>The body is larger than this call accepts.</summary>
    public static readonly ProblemCode PayloadTooLarge = new("payload_too_large", 413, "The body is too large");

    /// <summary>The body's content type is missing or not one that this call reads.</summary>
    public static readonly ProblemCode UnsupportedMediaType = new("unsupported_media_type", 415, "The content type is not supported");

    /// <summary>A fault of this service. The trace id leads to its record.</summary>
    public static readonly ProblemCode InternalError = new("internal_error", 500, "Something went wrong on our side");

    /// <summary>Something that this service needs is out of reach for the moment. Retry-After says when to try again.</summary>
    public static readonly ProblemCode Unavailable = new("unavailable", 503, "The service is not available for the moment");

    // What a bare status code stands for. Codes that say more than their status are not listed.
    private static readonly FrozenDictionary<int, ProblemCode> ByStatus = new[]
        {
            MalformedRequest, Unauthenticated, Forbidden, NotFound, MethodNotAllowed,
            PayloadTooLarge, UnsupportedMediaType, InternalError, Unavailable,
        }
        .ToFrozenDictionary(problem => problem.Status);

    /// <summary>The problem that a bare status code stands for.</summary>
    /// <param name="status">An HTTP status of 400 or more.</param>
    /// <returns>The catalogued problem; for a status that is not catalogued, the general one of its class.</returns>
    public static ProblemCode OfStatus(int status) =>
        ByStatus.GetValueOrDefault(status) ?? (status < 500 ? MalformedRequest with { Status = status } : InternalError with { Status = status });
}
