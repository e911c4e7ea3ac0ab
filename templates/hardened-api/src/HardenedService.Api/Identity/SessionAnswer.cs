using System.Text.Json.Serialization;
using HardenedService.Platform.Security;

namespace HardenedService.Api.Identity;

/// <summary>A session as its owner sees it.</summary>
/// <param name="Session">The session.</param>
/// <param name="Token">The bearer token, shown once at sign-in. A cookie's token never stands in a body.</param>
public sealed record SessionAnswer(
    SessionBody Session,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Token)
{
    internal static SessionAnswer Of(Session session, string? token = null) =>
        new(
            new SessionBody(session.Id, session.UserId, session.Email, OrganizationId: null, session.CreatedAt, session.ExpiresAt, session.Assurance),
            session.Transport == SessionTransport.Bearer ? token : null);
}

/// <summary>The facts about a session.</summary>
/// <param name="Id">The session.</param>
/// <param name="UserId">The account that signed in.</param>
/// <param name="Email">The account's address.</param>
/// <param name="OrganizationId">The organization that the session acts in, or null.</param>
/// <param name="CreatedAt">When it began.</param>
/// <param name="ExpiresAt">When it ends at the latest.</param>
/// <param name="Assurance">How the person proved who they are.</param>
public sealed record SessionBody(
    Guid Id, Guid UserId, string Email, Guid? OrganizationId, DateTime CreatedAt, DateTime ExpiresAt, SessionAssurance Assurance);
