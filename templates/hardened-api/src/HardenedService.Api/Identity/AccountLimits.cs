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
            cancel, new AttemptWindow("registrations_network", connection.Network().ToString(), options.Value.RegistrationsPerNetwork), Mails(email));

    /// <summary>Before a stranger's call sends a mail to an address, or would if it had an account.</summary>
    public Task<Attempt> MailAsync(string email, CancellationToken cancel) => ReserveAsync(cancel, Mails(email));

    /// <summary>Before a second factor is verified. Given back once it was right.</summary>
    public Task<Attempt> SecondFactorAsync(Guid accountId, CancellationToken cancel) =>
        ReserveAsync(cancel, new AttemptWindow("second_factors_account", $"{accountId}", options.Value.SecondFactorsPerAccount));

    private async Task<Attempt> ReserveAsync(CancellationToken cancel, params IReadOnlyList<AttemptWindow> windows) =>
        (await limiter.ReserveAsync(windows, cancel)).OrThrow();

    private AttemptWindow FromElsewhere(string address) => new("sign_ins_account", address, options.Value.SignInsPerAccount);

    private AttemptWindow FromKnown(string address, IPNetwork network) => new("sign_ins_account", $"{address}\0{network}", options.Value.SignInsPerAccount);

    private AttemptWindow Mails(string email) => new("mails_address", normalizer.NormalizeEmail(email), options.Value.MailsPerAddress);
}
