using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Proves again who one is.</summary>
/// <param name="Password">The account's password.</param>
public sealed record ReauthenticateRequest([property: Required, Password] string Password);

internal static class Reauthenticate
{
    /// <summary>Proves again who one is</summary>
    /// <remarks>The session is fresh after it, for what asks for that, and has a new token; the old one is dead.</remarks>
    public static async Task<Results<Ok<SessionAnswer>, ProblemHttpResult>> Handle(
        ReauthenticateRequest request,
        Session session,
        HttpContext context,
        AccountLimits limits,
        UserManager<Account> accounts,
        Passwords passwords,
        SessionStore sessions,
        UnitOfWork work,
        CancellationToken cancel)
    {
        // A stolen session is no way to guess the password either.
        var attempt = await limits.SignInAsync(session.Email, context.Connection, cancel);

        if (attempt.IsRefused)
        {
            return attempt.Refuse(context.Response);
        }

        var account = await attempt.RunAsync(() => accounts.FindByIdAsync(session.UserId));

        if (!await attempt.RunAsync(() => passwords.VerifyAsync(account, request.Password, cancel)))
        {
            return Problems.InvalidCredentials.Result();
        }

        await attempt.GiveBackAsync();

        await using var transaction = await work.BeginAsync(cancel);

        if (await sessions.RotateAsync(session, session.Assurance, cancel) is not { } issued)
        {
            return Problems.Unauthenticated.Result();
        }

        await transaction.CommitAsync();

        return TypedResults.Ok(SessionAnswer.Of(issued, context.Response));
    }
}
