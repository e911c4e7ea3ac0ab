using System.Threading.Channels;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.RateLimiting;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace HardenedService.Api.Identity;

/// <summary>
/// Hashes anew, at today's cost, the passwords that were right against an older hash: beside the requests, so that their time tells nothing.
/// What is lost on the way comes again with the next sign-in.
/// </summary>
internal sealed class PasswordUpgrades(
    IPasswordHasher<Account> hasher, [FromKeyedServices(Passwords.Bulkhead)] Bulkhead bulkhead, NpgsqlDataSource database) : IWorker
{
    private const int MaxWaiting = 100;

    private readonly Channel<Upgrade> _waiting =
        Channel.CreateBounded<Upgrade>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Has an account's password hashed anew soon.</summary>
    public void Enqueue(Account account, string normalizedPassword) =>
        _waiting.Writer.TryWrite(new Upgrade(account.Id, account.PasswordHash!, normalizedPassword));

    public async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        var upgrade = await _waiting.Reader.ReadAsync(stopping);

        try
        {
            var hash = await bulkhead.RunAsync(() => hasher.HashPassword(new(), upgrade.Password), stopping);
            await StoreAsync(upgrade, hash, stopping);
        }
        catch (BulkheadFullException)
        {
            // Those who wait for an answer come first.
        }

        return TimeSpan.Zero;
    }

    // The hash of the old password must not replace that of a new one.
    private async Task StoreAsync(Upgrade upgrade, string hash, CancellationToken stopping)
    {
        await using var command = database.CreateCommand(
            """
            update identity.accounts
            set password_hash = $3
            where id = $1
              and password_hash = $2
            """);
        command.Parameters.Add(new() { Value = upgrade.AccountId });
        command.Parameters.Add(new() { Value = upgrade.OldHash });
        command.Parameters.Add(new() { Value = hash });
        await command.ExecuteNonQueryAsync(stopping);
    }

    private sealed record Upgrade(Guid AccountId, string OldHash, string Password);
}
