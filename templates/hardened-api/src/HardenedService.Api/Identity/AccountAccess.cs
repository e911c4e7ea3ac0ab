using HardenedService.Platform.Security;

namespace HardenedService.Api.Identity;

/// <summary>What the password has opened.</summary>
internal sealed class AccountAccess(SessionStore sessions, OneTimeTokens tokens, TotpFactors totp)
{
    /// <summary>
    /// Puts out whoever knew the old password, in the transaction at hand: of every session but one, every sign-in half done, every link
    /// asked for, every app half set up.
    /// </summary>
    public async Task EndAsync(Guid accountId, Guid? except, CancellationToken cancel)
    {
        await sessions.EndAllAsync(accountId, except, cancel);
        await tokens.RevokeAllAsync(accountId, cancel);
        await totp.ForgetPendingAsync(accountId, cancel);
    }
}
