using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Operations.Recovery;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using HardenedService.Tests.Readiness;
using Npgsql;

namespace HardenedService.Tests.Recovery;

/// <summary>What was backed up comes back, and nothing that must not.</summary>
[Collection(nameof(RecoveryScene))]
public sealed class RestoreTests(RecoveryScene scene)
{
    private const int Writers = 14;

    [Fact]
    [Wall("K6")]
    public async Task A_backup_under_writes_holds_what_was_committed_before_its_end_and_nothing_by_half()
    {
        var (backups, key) = (scene.NewPath(), scene.NewKey());
        await Sql.RunAsync(scene.Database.OwnerConnectionString, "create schema ledger; create table ledger.entries (writer int, number int, side int, primary key (writer, number, side))");
        using var ending = new CancellationTokenSource();
        var committed = new ConcurrentBag<(int Writer, int Number, ulong Position)>();
        var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync(writer, committed, ending.Token)).ToList();
        await Eventually.HoldsAsync(() => committed.Count > 10 * Writers, "writers at work");

        await scene.BackUpAsync(backups, ("Backup:KeyFile", key));

        var written = committed.Count;
        await Eventually.HoldsAsync(() => committed.Count > written + Writers, "writes after the end of the backup");
        await ending.CancelAsync();
        await Task.WhenAll(writers);
        await using var restored = await scene.RestoreAsync(backups, keyFile: key);
        var found = await RowsAsync(restored.Superuser, "select writer, number, count(*)::int from ledger.entries group by writer, number");
        var end = restored.Manifest.End!.Position;
        var before = committed.Where(write => write.Position <= end).ToList();
        Assert.True(before.Count > 10 * Writers);
        Assert.All(found, entry => Assert.Equal(2, entry[2]));
        Assert.Empty(before.Select(write => (write.Writer, write.Number)).Except(found.Select(entry => (entry[0], entry[1]))));
        Assert.True(committed.Count > before.Count, "Nothing was written after the end of the backup: the test shows little.");
    }

    [Fact]
    [Wall("K6")]
    public async Task A_moment_between_two_writes_is_restored_from_archived_WAL()
    {
        var (backups, key) = (scene.NewPath(), ("Backup:KeyFile", (string?)scene.NewKey()));
        await Sql.RunAsync(scene.Database.OwnerConnectionString, "create schema moments; create table moments.marks (name text)");
        await scene.BackUpAsync(backups, key);
        await Sql.RunAsync(scene.Database.OwnerConnectionString, "insert into moments.marks values ('before')");
        var between = new DateTimeOffset((DateTime)(await Sql.RunAsync(scene.Database.OwnerConnectionString, "select clock_timestamp()"))!, TimeSpan.Zero);
        await Sql.RunAsync(scene.Database.OwnerConnectionString, "insert into moments.marks values ('after')");
        await scene.ArchiveAsync(backups, key);

        await using (var restored = await scene.RestoreAsync(backups, between, keyFile: key.Item2))
        {
            Assert.Equal("before", await Sql.RunAsync(restored.Superuser, "select string_agg(name, ' ' order by name) from moments.marks"));
        }

        await using (var newest = await scene.RestoreAsync(backups, keyFile: key.Item2))
        {
            Assert.Equal("after before", await Sql.RunAsync(newest.Superuser, "select string_agg(name, ' ' order by name) from moments.marks"));
        }

        // What the archive does not lead to is no restore.
        var late = await scene.CallAsync(backups, $"restore-drill --at {DateTimeOffset.UtcNow.AddDays(1):yyyy-MM-ddTHH:mm:ssZ}", key);
        Assert.Equal(1, late.ExitCode);
        Assert.Contains("recovery ended before configured recovery target was reached", late.Error, StringComparison.Ordinal);
        var early = await scene.CallAsync(backups, "restore-drill --at 2001-02-03T04:05:06Z", key);
        Assert.Equal(1, early.ExitCode);
        Assert.Contains("nothing leads to a moment before", early.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Wall("K6")]
    public async Task Who_was_erased_since_the_backup_is_erased_again_before_the_API_is_ready()
    {
        var backups = scene.NewPath();
        var (canary, _) = await scene.Api.NewPersonAsync(scene.Database);
        var (email, bearer) = await scene.Api.NewPersonAsync(scene.Database);
        await scene.BackUpAsync(backups);
        using var delete = new HttpRequestMessage(HttpMethod.Delete, "/v1/account") { Headers = { Authorization = new("Bearer", bearer) } };
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Api.Public.SendAsync(delete)).StatusCode);

        // From the database in use, and by the API as a process of its own.
        var drill = await scene.CallAsync(backups, "restore-drill", ("Recovery:Canary:Email", canary), ("Recovery:Canary:Password", People.Password));

        Assert.True(drill.ExitCode == 0, drill.Output + drill.Error);
        Assert.Matches(@"[1-9]\d* accounts are in it that were erased since", drill.Output);
        Assert.Contains($"nobody is left who was to be erased, and {canary} signs in.", drill.Output, StringComparison.Ordinal);
        Assert.Matches(@"RPO \d+ s: it is as it was at ", drill.Output);
        Assert.Matches(@"RTO \d+\.\d s, for ", drill.Output);
        Assert.Equal(true, await Sql.RunAsync(scene.Database.OperatorConnectionString, "select size > 0 and lost >= interval '0' and took > interval '0' from platform.recoveries where kind = 'restore'"));
        var (evidence, _) = Assert.NotNull(await new EvidenceLog(scene.Database.OperatorConnectionString).NewestAsync(EvidenceKind.RestoreDrill, TestContext.Current.CancellationToken));
        Assert.True(evidence.Number("lostSeconds") >= 0 && evidence.Number("tookSeconds") > 0 && evidence.Number("bytes") > 0, evidence.Facts);
        Assert.True(evidence.Says("apiStarted") && evidence.Says("canarySignedIn") && !evidence.Says("keysOpened"), evidence.Facts);
        (await new RestoreDrilled().LookAsync(scene.Database)).Is(CheckStatus.Pass, "the API got ready on it; not tried: the key ring");
        (await new BackupFresh().LookAsync(scene.Database)).Is(CheckStatus.Pass, "hours ago: physical, ");
        var (_, ages, _) = await scene.CallAsync(backups, "recovery show");
        Assert.Matches(@"^backup   \d\d:\d\d:\d\d ago  \d+ \w+\s+restore  \d\d:\d\d:\d\d ago  \d+ \w+  RPO [\d:]+  RTO [\d:]+\s*$", ages);

        // From the list beside the backups, once the database is lost.
        Assert.Equal(0, (await scene.CallAsync(backups, "backup erasures")).ExitCode);
        await using var restored = await scene.RestoreAsync(backups);
        Assert.Equal(1L, await CountAsync(restored.Superuser, email));
        var mark = await scene.CallAsync(backups, "backup erasures --mark", ("Operations:OperatorConnectionString", restored.Superuser));
        Assert.Equal((0, ""), (mark.ExitCode, mark.Error));
        Assert.Matches("^[1-9][0-9]* accounts are marked, and erased again once the API runs.", mark.Output);

        // Until then nobody is let in as them, nor stays.
        Assert.Equal(true, await Sql.RunAsync(restored.Superuser, $"select disabled_at is not null and session_epoch > 0 from identity.accounts where email = '{email}'"));

        // While something is in the way of erasing them, it is not ready.
        await using var other = await Sql.OpenAsync(restored.Superuser);
        await Sql.RunAsync(other, "select pg_advisory_lock(hashtextextended('repeated erasures', 0))");
        using var api = ApiHost.Start(restored.App);
        var ready = await (await api.Management.GetAsync("/health/ready")).JsonAsync();
        Assert.Equal("unhealthy", ready.GetProperty("checks").GetProperty("erasures").GetProperty("status").GetString());
        await Sql.RunAsync(other, "select pg_advisory_unlock(hashtextextended('repeated erasures', 0))");
        await Eventually.HoldsAsync(async () => (await api.Management.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK, "an API that is ready");
        Assert.Equal(0L, await CountAsync(restored.Superuser, email));
        Assert.Equal(HttpStatusCode.Unauthorized, (await SignInAsync(api, email)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await SignInAsync(api, canary)).StatusCode);
        Assert.Equal(1L, await Sql.RunAsync(restored.Superuser, "select count(*) from audit.records where action = 'account.deleted' and actor_kind = 'nobody'"));
    }

    [Fact]
    public async Task A_dump_is_read_past_row_level_security_and_loads_as_it_was()
    {
        var backups = scene.NewPath();
        await scene.Api.NewPersonAsync(scene.Database);

        // One is kept.
        Assert.Equal(0, (await scene.CallAsync(backups, "backup --logical")).ExitCode);
        Assert.Equal(0, (await scene.CallAsync(backups, "backup --logical", ("Backup:Keep", "1"))).ExitCode);
        Assert.StartsWith("000002-", Assert.Single((await new BackupStore(backups, null).ReadAsync(TestContext.Current.CancellationToken)).Backups).Name, StringComparison.Ordinal);

        await using var restored = await scene.RestoreAsync(backups);

        Assert.Equal(BackupKind.Logical, restored.Manifest.Kind);
        await using var output = new StringWriter();
        var check = new RestoreCheck(restored, output);
        await using var database = await LiveDatabase.OpenAsync(restored.Superuser, TestContext.Current.CancellationToken);
        await check.RunAsync(database, null, TestContext.Current.CancellationToken);
        Assert.Empty(check.Findings);
        Assert.True(restored.Manifest.Tables["identity.accounts"].After > 0);
        Assert.True(restored.Manifest.Tables["platform.data_protection_keys"].After >= 0);
        Assert.True(restored.Manifest.Tables["audit.records"].After >= 0);
    }

    private static async Task<long> CountAsync(string connectionString, string email) =>
        (long)(await Sql.RunAsync(connectionString, $"select count(*) from identity.accounts where email = '{email}'"))!;

    private static Task<HttpResponseMessage> SignInAsync(ApiHost api, string email) =>
        api.Public.PostAsJsonAsync("/v1/sessions", new { email, password = People.Password, transport = "bearer" });

    private static async Task<List<int[]>> RowsAsync(string connectionString, string sql)
    {
        await using var connection = await Sql.OpenAsync(connectionString);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var found = new List<int[]>();

        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            found.Add([rows.GetInt32(0), rows.GetInt32(1), rows.GetInt32(2)]);
        }

        return found;
    }

    // Each write is one transaction of two rows; where the WAL stands once it is committed is at or past its commit.
    private async Task WriteAsync(int writer, ConcurrentBag<(int, int, ulong)> committed, CancellationToken ending)
    {
        await using var connection = await Sql.OpenAsync(scene.Database.OwnerConnectionString);

        for (var number = 0; !ending.IsCancellationRequested; number++)
        {
            await using (var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
            {
                await Sql.RunAsync(connection, $"insert into ledger.entries values ({writer}, {number}, 1)");
                await Sql.RunAsync(connection, $"insert into ledger.entries values ({writer}, {number}, 2)");
                await transaction.CommitAsync(TestContext.Current.CancellationToken);
            }

            committed.Add((writer, number, (ulong)(decimal)(await Sql.RunAsync(connection, "select pg_current_wal_insert_lsn() - '0/0'"))!));
        }
    }
}
