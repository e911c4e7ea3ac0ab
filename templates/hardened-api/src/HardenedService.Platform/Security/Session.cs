using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Platform.Security;

/// <summary>How a session's token travels.</summary>
public enum SessionTransport
{
    /// <summary>In the <c>__Host-session</c> cookie, which scripts cannot read.</summary>
    Cookie,

    /// <summary>In the Authorization header (RFC 6750).</summary>
    Bearer,
}

/// <summary>How strongly a person proved who they are.</summary>
public enum SessionAssurance
{
    /// <summary>By password alone.</summary>
    Password,

    /// <summary>By password and a second factor.</summary>
    Mfa,

    /// <summary>By a passkey with user verification.</summary>
    Passkey,
}

/// <summary>The session that a request runs in. A handler asks for it as a parameter.</summary>
/// <param name="Id">The session's id, which is no secret.</param>
/// <param name="UserId">The account that signed in: its id.</param>
/// <param name="Email">The account's address, as it is now.</param>
/// <param name="Transport">How the token travels.</param>
/// <param name="Assurance">How strongly the person proved who they are.</param>
/// <param name="CreatedAt">When the session began, by the database clock.</param>
/// <param name="ExpiresAt">When the session ends whatever happens, by the database clock.</param>
/// <param name="IsFresh">Whether the person proved who they are within <see cref="SessionOptions.FreshFor"/>, by the database clock.</param>
/// <param name="IsAdministrator">Whether the account is an administrator's, as it is now.</param>
/// <param name="OrganizationId">The organization that the session acts in; null for none.</param>
/// <param name="Role">What the person is there, as it is now; null for nothing.</param>
public sealed record Session(
    Guid Id,
    Guid UserId,
    string Email,
    SessionTransport Transport,
    SessionAssurance Assurance,
    DateTime CreatedAt,
    DateTime ExpiresAt,
    bool IsFresh,
    bool IsAdministrator,
    Guid? OrganizationId,
    OrganizationRole? Role)
{
    /// <summary>What the database knows the presented token by.</summary>
    internal byte[] TokenHash { get; init; } = [];

    /// <summary>Binds the parameter of a handler. Never null behind <see cref="SessionExtensions.RequireSession"/>.</summary>
    /// <param name="context">The request.</param>
    /// <returns>The session that authenticated the request, or null.</returns>
    public static ValueTask<Session?> BindAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);

        return ValueTask.FromResult(context.Features.Get<Session>());
    }
}
