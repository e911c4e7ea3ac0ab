using HardenedService.Platform.Auditing;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Identity;

internal static class EndOtherSessions
{
    /// <summary>Ends all of one's own sessions but this one</summary>
    public static async Task<NoContent> Handle(Session session, SessionStore sessions, AuditTrail audit, CancellationToken cancel)
    {
        await sessions.EndAllAsync(session.UserId, except: session.Id, cancel);
        await audit.WriteAsync(new(AuditActions.OtherSessionsEnded, session.UserId), cancel);

        return TypedResults.NoContent();
    }
}
