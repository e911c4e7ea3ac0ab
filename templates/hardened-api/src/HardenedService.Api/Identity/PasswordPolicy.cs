using HardenedService.Platform.Configuration;
using HardenedService.Platform.Security;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Identity;

/// <summary>
/// Which passwords may be chosen (NIST SP 800-63B, section 3.1.1.2): long enough, and neither common, nor known from a breach, nor made of
/// what anybody would try first for this person at this service. For registration, reset and change alike.
/// </summary>
internal sealed class PasswordPolicy(PasswordBlocklist common, BreachedPasswords breached, IOptions<ServiceOptions> service)
{
    /// <summary>The fewest characters, counted after normalisation.</summary>
    public const int MinLength = 15;

    /// <summary>The fewest characters where a second factor is asked for as well.</summary>
    public const int MinLengthWithMfa = 8;

    // Shorter names turn up in good passwords by chance.
    private const int ShortestName = 4;

    /// <summary>Says what is too short.</summary>
    public static string TooShort(int minLength) =>
        $"A password has {minLength} to {Passwords.MaxLength} characters; a few words with spaces make a good one.";

    /// <summary>Judges a password that somebody wants to have.</summary>
    /// <param name="password">The password, no longer than validation allows.</param>
    /// <param name="email">The address of its account.</param>
    /// <param name="mfaEnabled">Whether a second factor is asked for at sign-in.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What is wrong with it, for the person; null if it will do.</returns>
    public async Task<string?> CheckAsync(string password, string email, bool mfaEnabled, CancellationToken cancel)
    {
        var minLength = mfaEnabled ? MinLengthWithMfa : MinLength;

        if (Passwords.Length(password) is not { } length || length < minLength)
        {
            return TooShort(minLength);
        }

        if (Names(password, service.Value.Name) || Names(password, email[..email.LastIndexOf('@')]))
        {
            return "This password holds your address or the name of this service, which others try first. Choose words that have nothing to do with either.";
        }

        return common.Contains(password) || await breached.ContainsAsync(Passwords.Normalize(password), cancel)
            ? "Many people use this password, or one much like it, and it is among the first that others try. A few words that do not belong together make a better one."
            : null;
    }

    private static bool Names(string password, string name) =>
        PasswordBlocklist.Fold(name) is { Length: >= ShortestName } folded
            && PasswordBlocklist.Fold(password).Contains(folded, StringComparison.Ordinal);
}
