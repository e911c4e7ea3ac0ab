using System.Text;
using HardenedService.Platform.RateLimiting;
using HardenedService.Platform.Telemetry;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>
/// Hashes and verifies passwords, always normalised first, so that the same keys typed on two systems match (NFC, RFC 8265). In a flood of
/// them, some get no turn (<see cref="BulkheadFullException"/>) and everything else goes on.
/// </summary>
internal sealed class Passwords(
    IPasswordHasher<Account> hasher, [FromKeyedServices(Passwords.Bulkhead)] Bulkhead bulkhead, PasswordUpgrades upgrades)
{
    /// <summary>The bulkhead that all hashing goes through.</summary>
    public const string Bulkhead = "passwords";

    public const int MaxLength = 256;

    // No more than four UTF-16 units compose into one character: a longer text cannot come down to 256 of them.
    private const int MaxRawLength = MaxLength * 4;

    private static readonly Account Nobody = new();

    // Verified in place of a missing account's hash, so that an unknown address costs what a known one does. Made with the first request
    // of any kind: made with the first unknown address, it would tell.
    private readonly string _nobodysHash = hasher.HashPassword(Nobody, Guid.NewGuid().ToString());

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

    public Task<string> HashAsync(string password, CancellationToken cancel) =>
        bulkhead.RunAsync(
            () =>
            {
                using var stage = ServiceTraces.Stage("hash password");

                return hasher.HashPassword(Nobody, Normalize(password));
            },
            cancel);

    /// <summary>
    /// True if the account exists and the password is its own. Takes one verification whatever the account. A hash that is cheaper than
    /// today's is replaced later on.
    /// </summary>
    public async Task<bool> VerifyAsync(Account? account, string password, CancellationToken cancel)
    {
        var normalized = Normalize(password);
        var result = await bulkhead.RunAsync(
            () =>
            {
                using var stage = ServiceTraces.Stage("verify password");

                return hasher.VerifyHashedPassword(account ?? Nobody, account?.PasswordHash ?? _nobodysHash, normalized);
            },
            cancel);

        if (account is not null && result == PasswordVerificationResult.SuccessRehashNeeded)
        {
            upgrades.Enqueue(account, normalized);
        }

        return account is not null && result != PasswordVerificationResult.Failed;
    }

    public static string Normalize(string password) => password.Normalize(NormalizationForm.FormC);
}
