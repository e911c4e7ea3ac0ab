using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Identity;

internal static class SignOut
{
    /// <summary>Signs out</summary>
    /// <remarks>The session ends at once: the next request with its token is refused.</remarks>
    public static async Task<NoContent> Handle(Session session, SessionStore sessions, HttpResponse response, CancellationToken cancel)
    {
        await sessions.EndAsync(session.UserId, session.Id, cancel);

        if (session.Transport == SessionTransport.Cookie)
        {
            SessionCookie.Clear(response);
        }

        return TypedResults.NoContent();
    }
}
