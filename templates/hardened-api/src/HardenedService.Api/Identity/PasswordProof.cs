using HardenedService.Platform.Data;
using HardenedService.Platform.RateLimiting;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>
/// Verifies an account's password: the attempt is reserved before anything is known of its outcome, the read ends before a password is
/// hashed, and until the hash is through every account, and none, takes the same time.
/// </summary>
internal sealed class PasswordProof(AccountLimits limits, UserManager<Account> accounts, Passwords passwords, UnitOfWork work)
{
    /// <summary>By whoever says that an address is theirs.</summary>
    /// <returns>
    /// The attempt, to be given back once it led to something; the account, null if the password proves nothing; and whose the address is, even
    /// then: for the audit trail, and no answer.
    /// </returns>
    /// <exception cref="AttemptRefusedException">There were too many attempts lately.</exception>
    public Task<(Attempt Attempt, Account? Account, Guid? SubjectId)> TryAsync(
        string email, string password, ConnectionInfo connection, CancellationToken cancel) =>
        TryAsync(email, () => accounts.FindByEmailAsync(email), password, connection, cancel);

    /// <summary>By whoever is signed in. A stolen session is no way to guess the password either.</summary>
    /// <inheritdoc cref="TryAsync(string, string, ConnectionInfo, CancellationToken)"/>
    public Task<(Attempt Attempt, Account? Account, Guid? SubjectId)> TryAsync(
        Session session, string password, ConnectionInfo connection, CancellationToken cancel) =>
        TryAsync(session.Email, () => accounts.FindByIdAsync(session.UserId), password, connection, cancel);

    private async Task<(Attempt Attempt, Account? Account, Guid? SubjectId)> TryAsync(
        string email, Func<Task<Account?>> find, string password, ConnectionInfo connection, CancellationToken cancel)
    {
        var attempt = await limits.SignInAsync(email, connection, cancel);
        var account = await attempt.RunAsync(() => work.ReadAsync(find, cancel));

        var isRight = await attempt.RunAsync(() => passwords.VerifyAsync(account, password, cancel));

        return (attempt, isRight ? account : null, account?.Id);
    }
}
