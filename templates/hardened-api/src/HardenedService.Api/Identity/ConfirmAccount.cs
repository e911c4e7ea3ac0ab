using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Confirms an address.</summary>
/// <param name="Token">The token that was mailed to it.</param>
/// <param name="Password">The password of the registration that the mail belongs to.</param>
public sealed record ConfirmRequest(
    [property: Required, MaxLength(OpaqueToken.MaxLength)] string Token,
    [property: Required, Password] string Password);

internal static class ConfirmAccount
{
    /// <summary>Confirms an address</summary>
    /// <remarks>
    /// The token alone proves that someone reads the mailbox, not that they registered. Asking for the password as well means that whoever
    /// registers somebody else's address gains nothing when that person follows the link (account pre-hijacking).
    /// </remarks>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        ConfirmRequest request,
        UserManager<Account> accounts,
        Passwords passwords,
        OneTimeTokens tokens,
        OrganizationStore organizations,
        IdentityDb db,
        UnitOfWork work,
        CancellationToken cancel)
    {
        var token = await tokens.TryAsync(TokenPurpose.Confirm, request.Token, cancel);
        var account = token is { AccountId: { } id } ? await work.ReadAsync(() => accounts.FindByIdAsync(id), cancel) : null;

        // Junk is not worth a hash: of a token that nobody can guess, time tells nothing.
        if (account is null || !await passwords.VerifyAsync(account, request.Password, cancel))
        {
            return Problems.InvalidToken.Result();
        }

        await using var transaction = await work.BeginAsync(cancel);
        await db.LockAddressAsync(account.NormalizedEmail!, cancel);

        // Gone if another call was first, or if a new registration has replaced this one in the meantime.
        if (!await tokens.RedeemAsync(TokenPurpose.Confirm, request.Token, cancel))
        {
            return Problems.InvalidToken.Result();
        }

        // As it is now: a registration that came first has changed it.
        await db.Entry(account).ReloadAsync(cancel);
        account.EmailConfirmed = true;
        (await accounts.UpdateAsync(account)).ThrowIfFailed();
        await organizations.FoundAsync(OrganizationStore.OwnName, account.Id, cancel);
        await transaction.CommitAsync();

        return TypedResults.NoContent();
    }
}
