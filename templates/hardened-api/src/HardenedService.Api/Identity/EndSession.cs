using HardenedService.Platform.Auditing;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Identity;

internal static class EndSession
{
    /// <summary>Ends one of one's own sessions</summary>
    /// <remarks>Somebody else's is not found. The one that this call is made in may be ended like any other.</remarks>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Guid id, Session session, SessionStore sessions, AuditTrail audit, HttpResponse response, CancellationToken cancel)
    {
        if (!await sessions.EndAsync(session.UserId, id, cancel))
        {
            return Problems.NotFound.Result();
        }

        await audit.WriteAsync(new(AuditActions.SessionEnded, id), cancel);

        if (id == session.Id && session.Transport == SessionTransport.Cookie)
        {
            SessionCookie.Clear(response);
        }

        return TypedResults.NoContent();
    }
}
