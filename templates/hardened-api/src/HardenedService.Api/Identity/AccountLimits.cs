using System.Net;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.RateLimiting;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Identity;

/// <summary>
/// How often an account's ways in may be tried. A limit for an address counts the same whether it has an account or not, so that
/// being refused tells nobody anything. Each of these ends a call that comes too often (<see cref="AttemptRefusedException"/>).
/// </summary>
internal sealed class AccountLimits(
    AttemptLimiter limiter, KnownNetworks networks, ILookupNormalizer normalizer, IOptions<AccountLimitOptions> options)
{
    /// <summary>Before a password is verified. Given back once it was right.</summary>
    public async Task<Attempt> SignInAsync(string email, ConnectionInfo connection, CancellationToken cancel)
    {
        var network = connection.Network();
        var address = normalizer.NormalizeEmail(email);

        // Whoever burns the tries of an account from elsewhere does not lock its owner out.
        var account = await networks.IsKnownAsync(address, network, cancel) ? FromKnown(address, network) : FromElsewhere(address);

        return await ReserveAsync(cancel, new AttemptWindow("sign_ins_network", network.ToString(), options.Value.SignInsPerNetwork), account);
    }

    /// <summary>Ends a lock of sign-in, after the owner has proved by mail who they are.</summary>
    public Task UnlockAsync(string email, ConnectionInfo connection, CancellationToken cancel)
    {
        var address = normalizer.NormalizeEmail(email);

        return limiter.ClearAsync([FromElsewhere(address), FromKnown(address, connection.Network())], cancel);
    }

    /// <summary>Before somebody registers, which sends a mail either way.</summary>
    public Task<Attempt> RegisterAsync(string email, ConnectionInfo connection, CancellationToken cancel) =>
        ReserveAsync(
            cancel,
            new AttemptWindow("registrations_network", $"{connection.Network()}", options.Value.RegistrationsPerNetwork),
            Mails("mails_address", email));

    /// <summary>Before a stranger's call sends a link to an address again, or would if it waited for one.</summary>
    public Task<Attempt> ResendAsync(string email, ConnectionInfo connection, CancellationToken cancel) =>
        ReserveAsync(cancel, MailsFrom(connection), Mails("mails_address", email));

    /// <summary>
    /// Before a stranger's call sends a reset link to an address, or would if it had an account. Apart from all other mails: whoever asks
    /// for those does not keep the owner from this way back in.
    /// </summary>
    public Task<Attempt> ForgotPasswordAsync(string email, ConnectionInfo connection, CancellationToken cancel) =>
        ReserveAsync(cancel, MailsFrom(connection), Mails("reset_mails_address", email));

    /// <summary>Before a link goes to an address that somebody signed in wants to have.</summary>
    public Task<Attempt> ChangeEmailAsync(Guid accountId, string newEmail, ConnectionInfo connection, CancellationToken cancel) =>
        ReserveAsync(
            cancel,
            MailsFrom(connection),
            Mails("mails_address", newEmail),
            new AttemptWindow("address_changes_account", $"{accountId}", options.Value.MailsPerAddress));

    /// <summary>
    /// Before a code of an authenticator app is verified, six digits that could be guessed. Given back once it was right. Recovery codes
    /// cannot be guessed, and stay a way in for who was locked out by a stranger's guesses.
    /// </summary>
    public Task<Attempt> SecondFactorAsync(Guid accountId, CancellationToken cancel) =>
        ReserveAsync(cancel, new AttemptWindow("second_factors_account", $"{accountId}", options.Value.SecondFactorsPerAccount));

    /// <summary>Before a code enables an authenticator app. Apart from sign-in, which it must not be able to lock.</summary>
    public Task<Attempt> EnrolmentAsync(Guid accountId, CancellationToken cancel) =>
        ReserveAsync(cancel, new AttemptWindow("enrolments_account", $"{accountId}", options.Value.SecondFactorsPerAccount));

    private async Task<Attempt> ReserveAsync(CancellationToken cancel, params IReadOnlyList<AttemptWindow> windows) =>
        (await limiter.ReserveAsync(windows, cancel)).OrThrow();

    private AttemptWindow FromElsewhere(string address) => new("sign_ins_account", address, options.Value.SignInsPerAccount);

    private AttemptWindow FromKnown(string address, IPNetwork network) => new("sign_ins_account", $"{address}\0{network}", options.Value.SignInsPerAccount);

    private AttemptWindow Mails(string name, string email) => new(name, normalizer.NormalizeEmail(email), options.Value.MailsPerAddress);

    private AttemptWindow MailsFrom(ConnectionInfo connection) => new("mails_network", $"{connection.Network()}", options.Value.MailsPerNetwork);
}
