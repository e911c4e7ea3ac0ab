using HardenedService.Platform.Auditing;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Identity;

internal static class SignOut
{
    /// <summary>Signs out</summary>
    /// <remarks>The session ends at once: the next request with its token is refused.</remarks>
    public static async Task<NoContent> Handle(
        Session session, SessionStore sessions, AuditTrail audit, HttpResponse response, CancellationToken cancel)
    {
        // Of several at once, the first does it.
        if (await sessions.EndAsync(session.UserId, session.Id, cancel))
        {
            await audit.WriteAsync(new(AuditActions.SignedOut, session.Id), cancel);
        }

        if (session.Transport == SessionTransport.Cookie)
        {
            SessionCookie.Clear(response);
        }

        return TypedResults.NoContent();
    }
}
