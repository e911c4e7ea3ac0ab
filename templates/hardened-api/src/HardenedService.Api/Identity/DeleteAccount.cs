using HardenedService.Platform.Auditing;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Mail;
using HardenedService.Platform.Privacy;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

internal static class DeleteAccount
{
    /// <summary>Deletes one's own account</summary>
    /// <remarks>
    /// For good: what is held about the person goes, every session ends, and the address is told. Organizations in which they are alone are
    /// deleted with all that is in them; the last owner of one with other members is asked to make somebody else its owner first.
    /// </remarks>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Session session,
        PersonalData personalData,
        SessionStore sessions,
        UserManager<Account> accounts,
        AccountMails mails,
        Mailer mailer,
        AuditTrail audit,
        HttpResponse response,
        CancellationToken cancel)
    {
        if (await personalData.HoldAsync(session.UserId, cancel) is { } obstacle)
        {
            return Problems.Conflict.Result(obstacle);
        }

        // A session that was ended meanwhile, by a reset for instance, deletes nothing any more.
        if (await sessions.HoldAsync(session.UserId, session.Id, cancel) is null)
        {
            return Problems.Unauthenticated.Result();
        }

        var account = await accounts.FindByIdAsync(session.UserId);
        await mailer.SendAsync(mails.AccountDeleted(account!.Email!), cancel);

        // Before the erasure, which takes away where it was done from.
        await audit.WriteAsync(new(AuditActions.AccountDeleted, session.UserId), cancel);
        await personalData.EraseAsync(session.UserId, cancel);

        if (session.Transport == SessionTransport.Cookie)
        {
            SessionCookie.Clear(response);
        }

        return TypedResults.NoContent();
    }
}
