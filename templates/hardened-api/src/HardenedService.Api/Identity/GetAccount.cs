using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>What someone sees of their own account.</summary>
/// <param name="Id">The account.</param>
/// <param name="Email">Its address.</param>
/// <param name="EmailConfirmed">Whether the address was confirmed.</param>
/// <param name="MfaEnabled">Whether a second factor is asked for at sign-in.</param>
/// <param name="CreatedAt">When it was registered.</param>
public sealed record AccountAnswer(Guid Id, string Email, bool EmailConfirmed, bool MfaEnabled, DateTime CreatedAt);

internal static class GetAccount
{
    /// <summary>Shows one's own account</summary>
    public static async Task<Results<Ok<AccountAnswer>, ProblemHttpResult>> Handle(Session session, UserManager<Account> accounts)
    {
        var account = await accounts.FindByIdAsync(session.UserId);

        return account is null
            ? Problems.NotFound.Result()
            : TypedResults.Ok(new AccountAnswer(account.Id, account.Email!, account.EmailConfirmed, account.TwoFactorEnabled, account.CreatedAt));
    }
}
