using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Identity;

/// <summary>Notes that a passkey was used.</summary>
internal sealed partial class PasskeyUse(IdentityDb db, ILogger<PasskeyUse> logger)
{
    /// <summary>
    /// Moves the counter on, in the transaction at hand. One that does not grow, unless it never did, speaks of a second device with the
    /// same key (WebAuthn, section 6.1.1). The comparison stands in the statement that writes: of parallel uses, each meets what the one
    /// before left.
    /// </summary>
    /// <returns>False if the counter did not grow, or the passkey was removed in the meantime.</returns>
    public async Task<bool> RecordAsync(Account account, UserPasskeyInfo used, CancellationToken cancel)
    {
        long count = used.SignCount;
        var recorded = await db.Database.ExecuteSqlAsync(
            $"""
            update identity.passkeys
            set sign_count = {count},
                is_backed_up = {used.IsBackedUp},
                last_used_at = now()
            where account_id = {account.Id}
              and credential_id = {used.CredentialId}
              and (sign_count < {count} or (sign_count = 0 and {count} = 0))
            """,
            cancel);

        if (recorded == 1)
        {
            return true;
        }

        if (await db.Passkeys.SingleOrDefaultAsync(passkey => passkey.CredentialId == used.CredentialId, cancel) is { } passkey)
        {
            LogCounter(passkey.Id, account.Id, count, passkey.SignCount);
        }

        return false;
    }

    [LoggerMessage(
        EventId = 1601,
        EventName = "PasskeyCounterBehind",
        Level = LogLevel.Warning,
        Message = "Sign-in refused, passkey {PasskeyId} of account {AccountId}: its counter came as {Presented} after {Stored}, so the key may have been copied")]
    private partial void LogCounter(Guid passkeyId, Guid accountId, long presented, long stored);
}
