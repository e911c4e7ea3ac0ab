using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Platform.Security;

/// <summary>A session as its owner sees it.</summary>
/// <param name="Session">The session.</param>
/// <param name="Token">The bearer token, shown once, when it is new. A cookie's token never stands in a body.</param>
public sealed record SessionAnswer(
    SessionBody Session,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Token)
{
    /// <summary>Shows a session that keeps its token.</summary>
    /// <param name="session">The session.</param>
    /// <returns>The answer, without a token.</returns>
    public static SessionAnswer Of(Session session)
    {
        ArgumentNullException.ThrowIfNull(session);

        return Of(session, token: null);
    }

    /// <summary>Hands a new token to the client, the way it travels.</summary>
    /// <param name="issued">The session and its token.</param>
    /// <param name="response">Where the cookie is set, if that is the way.</param>
    /// <returns>The answer, with the token if it travels as a bearer's.</returns>
    public static SessionAnswer Of(IssuedSession issued, HttpResponse response)
    {
        ArgumentNullException.ThrowIfNull(issued);

        if (issued.Session.Transport == SessionTransport.Bearer)
        {
            return Of(issued.Session, issued.Token);
        }

        SessionCookie.Set(response, issued.Token);

        return Of(issued.Session);
    }

    private static SessionAnswer Of(Session session, string? token) =>
        new(
            new SessionBody(session.Id, session.UserId, session.Email, session.OrganizationId, session.CreatedAt, session.ExpiresAt, session.Assurance),
            token);
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
