using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Platform.Errors;

/// <summary>
/// The catalogue: every problem that this service answers with, and nothing else. <c>docs/errors.md</c> is made from it: a summary says
/// what the problem means, the remarks what a client does about it.
/// </summary>
public static class Problems
{
    /// <summary>The request cannot be read: broken JSON, an unknown or duplicate member, a wrong type, a header that contradicts another.</summary>
    /// <remarks>Do not repeat it: mend the client.</remarks>
    public static readonly ProblemCode MalformedRequest = new("malformed_request", 400, "The request cannot be read");

    /// <summary>The request was read, but a value in it is not acceptable; <c>errors</c> says which.</summary>
    /// <remarks>Show the messages beside the values, let them be corrected, and send it again.</remarks>
    public static readonly ProblemCode ValidationFailed = new("validation_failed", 400, "Some values are not acceptable");

    /// <summary>The call must not happen twice, and carries no Idempotency-Key to prevent it.</summary>
    /// <remarks>Draw a random key for each thing to be done, and send it with every try of that thing.</remarks>
    public static readonly ProblemCode IdempotencyKeyMissing = new("idempotency_key_missing", 400, "An Idempotency-Key header is needed");

    /// <summary>The Idempotency-Key is not one value of 1 to 255 visible ASCII characters.</summary>
    /// <remarks>Send one key, such as a UUID.</remarks>
    public static readonly ProblemCode IdempotencyKeyInvalid = new("idempotency_key_invalid", 400, "The Idempotency-Key header is not valid");

    /// <summary>No session, or one that has ended.</summary>
    /// <remarks>Sign in, then repeat it. <c>WWW-Authenticate</c> names the scheme.</remarks>
    public static readonly ProblemCode Unauthenticated = new("unauthenticated", 401, "A session is needed");

    /// <summary>
    /// Sign-in refused, the same for a wrong password, for an unknown address, and for a passkey that does not hold; or someone signed in gave
    /// a wrong password or code.
    /// </summary>
    /// <remarks>Ask the person again.</remarks>
    public static readonly ProblemCode InvalidCredentials = new("invalid_credentials", 401, "The credentials are wrong");

    /// <summary>A mailed token or a ticket that is unknown, used, expired, or given with a wrong password, code or credential.</summary>
    /// <remarks>Ask the person for the code again, if there is one; then for a new mail, or begin again with a new ticket.</remarks>
    public static readonly ProblemCode InvalidToken = new("invalid_token", 401, "The token is not valid");

    /// <summary>Signed in, but not allowed.</summary>
    /// <remarks>Do not repeat it.</remarks>
    public static readonly ProblemCode Forbidden = new("forbidden", 403, "This is not allowed");

    /// <summary>The password was right, and a second factor is needed: <c>methods</c> names those that will do. At sign-in there is a <c>ticket</c>.</summary>
    /// <remarks>Ask the person for a code, and send it with the ticket to <c>/v1/sessions/mfa</c>; without a ticket, send the same call again with a code.</remarks>
    public static readonly ProblemCode MfaRequired = new("mfa_required", 403, "A second factor is needed");

    /// <summary>The call is a sensitive one, and it has been a while since the person proved who they are.</summary>
    /// <remarks>Ask for the password, send it to <c>/v1/sessions/current/reauthenticate</c>, then repeat the call with the new token.</remarks>
    public static readonly ProblemCode ReauthenticationRequired = new("reauthentication_required", 403, "The person has to prove again who they are");

    /// <summary>The call came from another site's page, which may not act with this site's cookie.</summary>
    /// <remarks>Call from an origin that this service allows.</remarks>
    public static readonly ProblemCode CrossSiteRequest = new("cross_site_request", 403, "Another site may not do this");

    /// <summary>The password was right, but the address has not been confirmed yet.</summary>
    /// <remarks>Have the person follow the link in the mail, or register again for a new one.</remarks>
    public static readonly ProblemCode EmailUnconfirmed = new("email_unconfirmed", 403, "The address is not confirmed yet");

    /// <summary>The call came by plain HTTP. It is refused and not redirected: whatever secret it held has been on the wire.</summary>
    /// <remarks>Call by HTTPS, and consider the secrets that it held as known to others.</remarks>
    public static readonly ProblemCode HttpsRequired = new("https_required", 403, "HTTPS is required");

    /// <summary>There is no such thing, or it is not yours to see.</summary>
    /// <remarks>Do not repeat it.</remarks>
    public static readonly ProblemCode NotFound = new("not_found", 404, "Not found");

    /// <summary>The path exists, but not with this method.</summary>
    /// <remarks>Use a method that <c>Allow</c> names.</remarks>
    public static readonly ProblemCode MethodNotAllowed = new("method_not_allowed", 405, "The method is not allowed here");

    /// <summary>The client accepts nothing that this call answers with; nothing was done. Problems come whatever it accepts.</summary>
    /// <remarks>Send <c>Accept: application/json</c>, unless the call says otherwise, or leave <c>Accept</c> out.</remarks>
    public static readonly ProblemCode NotAcceptable = new("not_acceptable", 406, "No acceptable representation");

    /// <summary>The request did not arrive in time.</summary>
    /// <remarks>Send it again, without pauses.</remarks>
    public static readonly ProblemCode RequestTimeout = new("request_timeout", 408, "The request took too long to arrive");

    /// <summary>The request contradicts the present state.</summary>
    /// <remarks>Read the present state, then decide anew.</remarks>
    public static readonly ProblemCode Conflict = new("conflict", 409, "This contradicts the present state");

    /// <summary>A request with the same Idempotency-Key is being worked on.</summary>
    /// <remarks>Wait a moment, then send the same request with the same key.</remarks>
    public static readonly ProblemCode IdempotencyInProgress = new("idempotency_in_progress", 409, "The same request is in progress");

    /// <summary>If-Match names a version that is no longer the current one.</summary>
    /// <remarks>Read it again, then make the change on the new version.</remarks>
    public static readonly ProblemCode PreconditionFailed = new("precondition_failed", 412, "It was changed in the meantime");

    /// <summary>The body is larger than this call accepts.</summary>
    /// <remarks>Send less.</remarks>
    public static readonly ProblemCode PayloadTooLarge = new("payload_too_large", 413, "The body is too large");

    /// <summary>The path and query are longer than this service reads.</summary>
    /// <remarks>Send less in the query.</remarks>
    public static readonly ProblemCode UriTooLong = new("uri_too_long", 414, "The address is too long");

    /// <summary>The body's content type is missing or not one that this call reads.</summary>
    /// <remarks>Send <c>application/json</c> in UTF-8, unless the call says otherwise.</remarks>
    public static readonly ProblemCode UnsupportedMediaType = new("unsupported_media_type", 415, "The content type is not supported");

    /// <summary>The Idempotency-Key was used before, with another payload.</summary>
    /// <remarks>Draw a new key: a key belongs to one request.</remarks>
    public static readonly ProblemCode IdempotencyKeyReused = new("idempotency_key_reused", 422, "The Idempotency-Key belongs to another request");

    /// <summary>The call needs an If-Match header that names the version it was based on.</summary>
    /// <remarks>Read it first, and send its <c>ETag</c> as <c>If-Match</c>.</remarks>
    public static readonly ProblemCode PreconditionRequired = new("precondition_required", 428, "An If-Match header is needed");

    /// <summary>More requests than this client may send in a while.</summary>
    /// <remarks>Wait for as long as <c>Retry-After</c> says, then repeat it.</remarks>
    public static readonly ProblemCode RateLimited = new("rate_limited", 429, "Too many requests");

    /// <summary>The headers are larger or more than this service reads.</summary>
    /// <remarks>Send fewer or shorter headers; cookies are the usual cause.</remarks>
    public static readonly ProblemCode HeadersTooLarge = new("headers_too_large", 431, "The headers are too large");

    /// <summary>A fault of this service. The trace id leads to its record.</summary>
    /// <remarks>Do not repeat it by itself; report the <c>traceId</c>.</remarks>
    public static readonly ProblemCode InternalError = new("internal_error", 500, "Something went wrong on our side");

    /// <summary>Another system that this call depends on answered with a failure.</summary>
    /// <remarks>Repeat it later if it is safe to repeat: a read, or a call with an Idempotency-Key.</remarks>
    public static readonly ProblemCode UpstreamFailed = new("upstream_failed", 502, "Another system failed");

    /// <summary>Something that this service needs is out of reach for the moment.</summary>
    /// <remarks>Wait for as long as <c>Retry-After</c> says, then repeat it if it is safe to: a read, or a call with an Idempotency-Key.</remarks>
    public static readonly ProblemCode Unavailable = new("unavailable", 503, "The service is not available for the moment");

    /// <summary>Another system that this call depends on did not answer in time.</summary>
    /// <remarks>It may have happened all the same. Repeat it later if it is safe to: a read, or a call with an Idempotency-Key.</remarks>
    public static readonly ProblemCode UpstreamTimeout = new("upstream_timeout", 504, "Another system did not answer in time");

    /// <summary>Every problem of the catalogue, in the order of their status.</summary>
    public static IReadOnlyList<ProblemCode> All { get; } =
    [
        .. typeof(Problems).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<ProblemCode>(),
    ];

    // What a bare status code stands for. Codes that say more than their status are not listed.
    private static readonly FrozenDictionary<int, ProblemCode> ByStatus = new[]
        {
            MalformedRequest, Unauthenticated, Forbidden, NotFound, MethodNotAllowed, NotAcceptable, RequestTimeout, Conflict,
            PreconditionFailed, PayloadTooLarge, UriTooLong, UnsupportedMediaType, PreconditionRequired, RateLimited, HeadersTooLarge,
            InternalError, UpstreamFailed, Unavailable, UpstreamTimeout,
        }
        .ToFrozenDictionary(problem => problem.Status);

    /// <summary>Refuses one value of a request that only the handler can judge, in the form of those that validation refuses.</summary>
    /// <param name="member">The value's name in the request.</param>
    /// <param name="message">What is wrong with it, and what would be right, for people.</param>
    /// <returns>400 <c>validation_failed</c>.</returns>
    public static ProblemHttpResult Invalid(string member, string message) => Invalid(new Dictionary<string, string[]> { [member] = [message] });

    /// <summary>Answers <see cref="ValidationFailed"/> for several members.</summary>
    /// <param name="errors">The members, as the client spells them, and what is wrong with their values, for people.</param>
    /// <returns>The result to return from a handler.</returns>
    public static ProblemHttpResult Invalid(IDictionary<string, string[]> errors) =>
        TypedResults.Problem(ValidationFailed.Describe(new HttpValidationProblemDetails(errors)));

    /// <summary>The problem that a bare status code stands for.</summary>
    /// <param name="status">An HTTP status of 400 or more.</param>
    /// <returns>The catalogued problem; for a status that is not catalogued, the general one of its class.</returns>
    public static ProblemCode OfStatus(int status) =>
        ByStatus.GetValueOrDefault(status) ?? (status < 500 ? MalformedRequest with { Status = status } : InternalError with { Status = status });
}
