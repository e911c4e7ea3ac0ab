using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HardenedService.Platform.Privacy;

/// <summary>
/// Erases again whom a restored backup has brought back, and the accounts of load tests: the operator's console marks them. Until the first pass has found nobody left, the
/// service is not ready.
/// </summary>
internal sealed partial class RepeatedErasures(NpgsqlDataSource database, IServiceScopeFactory scopes, ILogger<RepeatedErasures> logger) : IWorker
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private volatile bool _isCaughtUp;

    /// <summary>Whether nobody was left once; looks for itself while that is not known.</summary>
    /// <param name="connections">The pool of whoever asks.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<bool> IsCaughtUpAsync(NpgsqlDataSource connections, CancellationToken cancel)
    {
        if (!_isCaughtUp)
        {
            await using var command = connections.CreateCommand("select not exists (select from identity.accounts where erasure_due)");
            _isCaughtUp |= (bool)(await command.ExecuteScalarAsync(cancel))!;
        }

        return _isCaughtUp;
    }

    public async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        while (await NextAsync(stopping) is { } account)
        {
            await EraseAsync(account, stopping);
        }

        _isCaughtUp = true;

        return Interval;
    }

    private async Task<Guid?> NextAsync(CancellationToken stopping)
    {
        await using var command = database.CreateCommand("select id from identity.accounts where erasure_due order by id limit 1");

        return (Guid?)await command.ExecuteScalarAsync(stopping);
    }

    private async Task EraseAsync(Guid account, CancellationToken stopping)
    {
        await using var scope = scopes.CreateAsyncScope();
        await using var transaction = await scope.ServiceProvider.GetRequiredService<UnitOfWork>().BeginAsync(stopping);

        if (!await IsOursAsync(scope.ServiceProvider.GetRequiredService<NpgsqlConnection>(), account, stopping))
        {
            return;
        }

        // As when it was erased for the first time; and what is written down now, the next restore finds.
        await scope.ServiceProvider.GetRequiredService<AuditTrail>().WriteAsync(new(AuditActions.AccountDeleted, account), stopping);
        var isOpposed = await scope.ServiceProvider.GetRequiredService<PersonalData>().EraseAgainAsync(account, stopping);
        await transaction.CommitAsync();
        LogErased(account, isOpposed);
    }

    // Of two replicas one erases, and the other finds the account gone.
    private static async Task<bool> IsOursAsync(NpgsqlConnection connection, Guid account, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select pg_advisory_xact_lock(hashtextextended('repeated erasures', 0))"),
                new("select exists (select from identity.accounts where id = $1 and erasure_due)") { Parameters = { new() { Value = account } } },
            },
        };
        await using var rows = await batch.ExecuteReaderAsync(stopping);
        await rows.NextResultAsync(stopping);

        return await rows.ReadAsync(stopping) && rows.GetBoolean(0);
    }

    [LoggerMessage(
        EventId = 1702,
        EventName = "ErasedAgain",
        Level = LogLevel.Warning,
        Message = "The account {Account}, which the operator's console had marked, was erased: a restore had brought it back, or a load test had made it; whether an organization is left without an owner: {IsOpposed}")]
    private partial void LogErased(Guid account, bool isOpposed);
}
