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
        HttpResponse response,
        UserManager<Account> accounts,
        Passwords passwords,
        SessionStore sessions,
        UnitOfWork work,
        CancellationToken cancel)
    {
        var account = await accounts.FindByIdAsync(session.UserId);

        if (!await passwords.VerifyAsync(account, request.Password, cancel))
        {
            return Problems.InvalidCredentials.Result();
        }

        await using var transaction = await work.BeginAsync(cancel);

        if (await sessions.RotateAsync(session, session.Assurance, cancel) is not { } issued)
        {
            return Problems.Unauthenticated.Result();
        }

        await transaction.CommitAsync();

        return TypedResults.Ok(SessionAnswer.Of(issued, response));
    }
}
