using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Identity;

/// <summary>What is asked of a password that an account is going to have, beyond what its attribute can see.</summary>
internal static class NewPasswordRules
{
    /// <summary>The fewest characters of a password that is the only proof.</summary>
    public const int MinLength = 15;

    /// <summary>The fewest characters once a second factor is asked for as well (NIST SP 800-63B, section 3.1.1.2).</summary>
    public const int MinLengthWithMfa = 8;

    /// <summary>The refusal of the member <c>newPassword</c>; null if the password is good enough.</summary>
    public static ProblemHttpResult? Refusal(string password, string email, bool mfaEnabled) =>
        mfaEnabled || Passwords.Length(password) >= MinLength
            ? null
            : Problems.ValidationFailed.Result("newPassword", $"A password has {MinLength} to {Passwords.MaxLength} characters; a few words with spaces make a good one.");
}
