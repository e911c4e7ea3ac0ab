using System.Text;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>Hashes and verifies passwords, always normalised first, so that the same keys typed on two systems match (NFC, RFC 8265).</summary>
internal sealed class Passwords(IPasswordHasher<Account> hasher)
{
    public const int MaxLength = 256;

    // No more than four UTF-16 units compose into one character: a longer text cannot come down to 256 of them.
    private const int MaxRawLength = MaxLength * 4;

    private static readonly Account Nobody = new();

    // Verified in place of a missing account's hash, so that an unknown address costs what a known one does.
    private readonly Lazy<string> _nobodysHash = new(() => hasher.HashPassword(Nobody, Guid.NewGuid().ToString()));

    /// <summary>The length in Unicode code points, or null if the text is too long to look at, holds a NUL, or is not valid Unicode.</summary>
    public static int? Length(string password)
    {
        if (password.Length > MaxRawLength || password.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            return Normalize(password).EnumerateRunes().Count();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    public async Task<string> HashAsync(string password, CancellationToken cancel) => hasher.HashPassword(Nobody, Normalize(password));

    /// <summary>True if the account exists and the password is its own. Takes one verification whatever the account.</summary>
    public async Task<bool> VerifyAsync(Account? account, string password, CancellationToken cancel)
    {
        var result = hasher.VerifyHashedPassword(account ?? Nobody, account?.PasswordHash ?? _nobodysHash.Value, Normalize(password));

        return account is not null && result != PasswordVerificationResult.Failed;
    }

    private static string Normalize(string password) => password.Normalize(NormalizationForm.FormC);
}
