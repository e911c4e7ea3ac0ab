using System.Diagnostics;
using System.Globalization;
using HardenedService.Operations.Auditing;
using HardenedService.Operations.Postgres;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Operations.Recovery;

/// <summary>A restore, looked at from all sides: for a try, or for real.</summary>
internal sealed class RestoreDrill(IConfiguration configuration, RestoreRequest request, PostgresBinaries? binaries, TextWriter output)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly DrillRecord _record = new(configuration, output);
    private IReadOnlyList<string> _findings = [];

    /// <summary>Restores and looks. What comes of a drill is noted in the database in use, a failure as well.</summary>
    /// <param name="directory">Where to.</param>
    /// <param name="head">A head of the audit trail that was published before; null for none.</param>
    /// <param name="isReal">Whether the cluster is kept. It is only looked at, then: the API is not started on it.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Whether it is sound.</returns>
    /// <exception cref="RecoveryException">It could not be restored.</exception>
    public async Task<bool> RunAsync(string directory, ChainHead? head, bool isReal, CancellationToken cancel)
    {
        try
        {
            await RestoreAsync(directory, head, isReal, cancel);
        }
        catch (Exception exception) when (!isReal && exception is not (OperationCanceledException or UsageException))
        {
            await _record.WriteFailureAsync(exception.Message, cancel);
            throw;
        }

        if (_findings.Count > 0)
        {
            await output.WriteLineAsync($"{_record.Backup} is not sound: {_findings.Count} findings, see above.");

            if (!isReal)
            {
                await _record.WriteFailureAsync(string.Join("; ", _findings), cancel);
            }
        }
        else if (!isReal)
        {
            await _record.WriteSuccessAsync(cancel);
        }

        return _findings.Count == 0;
    }

    private async Task RestoreAsync(string directory, ChainHead? head, bool isReal, CancellationToken cancel)
    {
        var restoration = new Restoration(request, binaries, output);
        var backup = await restoration.ChooseAsync(cancel);
        _record.Backup = backup.Name;

        // First of all, since what it says decides whether a restore may be used.
        HashSet<Guid> erased = [.. (await request.Store.Erasures.ReadAsync(cancel)).Keys];
        var isOld = Directory.Exists(directory);
        var isKept = false;

        try
        {
            await using var restored = await restoration.RunAsync(backup, directory, cancel);
            await using var database = await LiveDatabase.OpenAsync(restored.Superuser, cancel);
            var check = new RestoreCheck(restored, output);
            _findings = check.Findings;
            _record.Bytes = restored.Manifest.DatabaseSize;
            _record.Lost = await MeasureLossAsync(database, restored.Manifest, cancel);

            // Before it may be kept: nobody shall start a server on it that knows nothing of them.
            await MarkErasedAsync(check, database, erased, cancel);
            isKept = isReal;
            await check.RunAsync(database, head, cancel);
            await CheckKeyRingAsync(check, restored);

            if (!isReal)
            {
                await TryServiceAsync(check, database, restored, directory, cancel);
            }

            _record.Took = _watch.Elapsed;
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"RTO {_record.Took.TotalSeconds:0.0} s, for {BackupMaker.Bytes(restored.Manifest.DatabaseSize)}."));

            if (isReal && check.Findings.Count == 0)
            {
                await output.WriteLineAsync($"{restored.Data} is sound, and stopped. Start your server on it; end everybody's sessions (users revoke-sessions --all); make a backup.");
            }
        }
        finally
        {
            if (restoration.HasBegun && Directory.Exists(directory))
            {
                await CleanAsync(directory, isKept, isOld);
            }
        }
    }

    // By whatever clock: what it would cost is the time between the last transaction that is there and the moment that was asked for.
    private async Task<TimeSpan> MeasureLossAsync(LiveDatabase database, BackupManifest manifest, CancellationToken cancel)
    {
        var last = await database.ScalarAsync("select pg_last_xact_replay_timestamp()", cancel) is DateTime replayed ? new DateTimeOffset(replayed, TimeSpan.Zero) : (DateTimeOffset?)null;
        var until = last > manifest.CompletedAt ? last.Value : manifest.CompletedAt;
        var asked = request.At ?? await database.NowAsync(cancel);
        var lost = asked > until ? asked - until : TimeSpan.Zero;
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"RPO {lost.TotalSeconds:0} s: it is as it was at {until.UtcDateTime:O}; the last transaction of the WAL was committed at {last?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) ?? "no time that it tells"}."));

        return lost;
    }

    private async Task CheckKeyRingAsync(RestoreCheck check, RestoredDatabase restored)
    {
        try
        {
            var keys = await KeyRingCheck.RunAsync(configuration, restored.Superuser);
            _record.KeysOpened = keys is not null;
            await output.WriteLineAsync(keys is not null ? $"{keys} keys of the key ring open." : "Not checked: the key ring, since KeyRing:Certificate is not set here.");
        }
        catch (RecoveryException exception)
        {
            await check.FindAsync(exception.Message);
        }
    }

    // From the database in use, if it can be asked, and from the list.
    private async Task MarkErasedAsync(RestoreCheck check, LiveDatabase restored, HashSet<Guid> erased, CancellationToken cancel)
    {
        var isAsked = false;

        if (configuration["Operations:OperatorConnectionString"] is { Length: > 0 })
        {
            try
            {
                await using var live = await LiveDatabase.OpenAsync(configuration.RequireConnectionString("Operations:OperatorConnectionString"), cancel);
                erased.UnionWith((await ErasureList.OfAsync(live, cancel)).Keys);
                isAsked = true;
            }
            catch (NpgsqlException exception)
            {
                await output.WriteLineAsync($"The database in use cannot be asked who was erased, and the list beside the backups has to do: {exception.Message}");
            }
        }

        if (!isAsked && !File.Exists(request.Store.Erasures.Path))
        {
            await check.FindAsync($"{request.Store.Erasures.Path} is missing, and there is no database in use to ask: accounts that were erased come back unnoticed.");
        }

        var marked = await ErasureList.MarkAsync(restored, erased, cancel);
        await output.WriteLineAsync($"{marked} accounts are in it that were erased since, of {erased.Count} ever erased: marked, so that the API erases them before it is ready.");
    }

    private async Task TryServiceAsync(RestoreCheck check, LiveDatabase database, RestoredDatabase restored, string directory, CancellationToken cancel)
    {
        var trial = new ServiceTrial(configuration);

        if (trial.Program is null)
        {
            await output.WriteLineAsync("Not checked: the API on it, its erasures and a sign-in, since the API is not here. Name its HardenedService.Api.dll by Recovery:Api.");
            return;
        }

        // Nobody is to get a mail twice because backups are tried.
        await database.ScalarAsync("delete from platform.outbox_messages", cancel);

        if (await trial.RunAsync(restored.App, Directory.CreateDirectory(Path.Combine(directory, "secrets")).FullName, cancel) is { } fault)
        {
            await check.FindAsync(fault);
            return;
        }

        (_record.ApiStarted, _record.CanarySignedIn) = (true, trial.Canary is (not null, _));
        var left = (long)(await database.ScalarAsync("select count(*) from identity.accounts where erasure_due", cancel))!;

        if (left > 0)
        {
            await check.FindAsync($"The API did not erase {left} accounts that are to be erased.");
        }

        await output.WriteLineAsync(trial.Canary is (null, _)
            ? "The API gets ready on it, and nobody is left who was to be erased. Not checked: a sign-in, since Recovery:Canary:Email is not set."
            : $"The API gets ready on it, nobody is left who was to be erased, and {trial.Canary.Email} signs in.");
    }

    // What it says does not hide what went wrong before.
    private async Task CleanAsync(string directory, bool isKept, bool isOld)
    {
        try
        {
            RestoreTarget.Clean(directory, isKept, isOld);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await output.WriteLineAsync($"Not everything in {directory} could be deleted: {exception.Message}");
        }
    }
}
