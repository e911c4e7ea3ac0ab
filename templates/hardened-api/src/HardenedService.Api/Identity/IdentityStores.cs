using System.Globalization;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Identity;

/// <summary>Identity's stores in our own terms.</summary>
internal static class IdentityStores
{
    public static Task<Account?> FindByIdAsync(this UserManager<Account> accounts, Guid id) =>
        accounts.FindByIdAsync(id.ToString("D", CultureInfo.InvariantCulture));

    /// <summary>For changes that validation has already let through: a refusal now is a lost race, or a fault of ours.</summary>
    /// <exception cref="DbUpdateConcurrencyException">Another change came first.</exception>
    /// <exception cref="InvalidOperationException">Identity refused the change for any other reason.</exception>
    public static void ThrowIfFailed(this IdentityResult result)
    {
        if (result.Errors.Any(error => error.Code == nameof(IdentityErrorDescriber.ConcurrencyFailure)))
        {
            throw new DbUpdateConcurrencyException("The account was changed in the meantime.");
        }

        if (!result.Succeeded)
        {
            throw new InvalidOperationException($"Identity refused the change: {result}");
        }
    }

    /// <summary>Sets the password of the account that meets the conditions, in the transaction at hand.</summary>
    /// <returns>False if none does.</returns>
    public static async Task<bool> SetPasswordAsync(this IQueryable<Account> account, string hash, CancellationToken cancel)
    {
        // Whoever has read the account before cannot save over this.
        var stamp = Guid.NewGuid().ToString("D", CultureInfo.InvariantCulture);

        return await account.ExecuteUpdateAsync(
            set => set
                .SetProperty(current => current.PasswordHash, hash)
                .SetProperty(current => current.SecurityStamp, stamp)
                .SetProperty(current => current.ConcurrencyStamp, stamp),
            cancel) == 1;
    }
}
