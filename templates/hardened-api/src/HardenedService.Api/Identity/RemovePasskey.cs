using HardenedService.Platform.Auditing;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Identity;

internal static class RemovePasskey
{
    /// <summary>Removes one of one's own passkeys</summary>
    /// <remarks>The account's other sessions end, and its address is told. Somebody else's is not found.</remarks>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Guid id,
        Session session,
        SessionStore sessions,
        AccountMails mails,
        Mailer mailer,
        AuditTrail audit,
        IdentityDb db,
        CancellationToken cancel)
    {
        // The key first and then the sessions, as a sign-in does: in the other order the two could wait for each other.
        if (await db.Passkeys.Where(passkey => passkey.Id == id && passkey.AccountId == session.UserId).ExecuteDeleteAsync(cancel) == 0)
        {
            return Problems.NotFound.Result();
        }

        if (!await sessions.EndAllAsync(session.UserId, except: session.Id, cancel))
        {
            return Problems.Unauthenticated.Result();
        }

        await mailer.SendAsync(mails.FactorChanged(session.Email, "A passkey was removed from"), cancel);
        await audit.WriteAsync(new(AuditActions.PasskeyRemoved, id), cancel);

        return TypedResults.NoContent();
    }
}
