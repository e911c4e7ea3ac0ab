using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Identity;

/// <summary>
/// Identity's store of accounts, with passkeys in a table of our own: what the passkey handler reads of them. They are added, used and
/// removed by the use cases, each in its transaction, and not through the UserManager.
/// </summary>
internal sealed class AccountStore(IdentityDb db) : UserOnlyStore<Account, IdentityDb, Guid>(db)
{
    public override async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(Account user, CancellationToken cancellationToken)
    {
        var passkeys = await Context.Passkeys.AsNoTracking().Where(passkey => passkey.AccountId == user.Id).ToListAsync(cancellationToken);

        return [.. passkeys.Select(passkey => passkey.ToInfo())];
    }

    public override async Task<UserPasskeyInfo?> FindPasskeyAsync(Account user, byte[] credentialId, CancellationToken cancellationToken)
    {
        var found = await Context.Passkeys
            .AsNoTracking()
            .SingleOrDefaultAsync(passkey => passkey.AccountId == user.Id && passkey.CredentialId == credentialId, cancellationToken);

        return found?.ToInfo();
    }

    public override Task<Account?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        Context.Users.SingleOrDefaultAsync(
            account => Context.Passkeys.Any(passkey => passkey.AccountId == account.Id && passkey.CredentialId == credentialId), cancellationToken);
}
