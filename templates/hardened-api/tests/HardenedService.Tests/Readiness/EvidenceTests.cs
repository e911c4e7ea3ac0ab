using HardenedService.Operations.Readiness;
using HardenedService.Platform.Auditing;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Npgsql;

namespace HardenedService.Tests.Readiness;

/// <summary>What was proved by being done: written down once, and believed as long as it is what was written.</summary>
public sealed class EvidenceTests(MigratedDatabase migrated) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private TestDatabase Database => migrated.Database;

    private EvidenceLog Log => new(Database.OperatorConnectionString);

    public async ValueTask InitializeAsync() => await Database.ForgetEvidenceAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_is_written_is_read_again_and_audited()
    {
        var cancel = TestContext.Current.CancellationToken;
        await Log.WriteAsync(EvidenceKind.LoadTest, new { users = 50, note = "größer" }, cancel);

        var (record, age) = Assert.NotNull(await Log.NewestAsync(EvidenceKind.LoadTest, cancel));

        Assert.Equal(("größer", 50d), (record.Fact("note"), record.Number("users")));
        Assert.Null(record.Fact("nothing"));
        Assert.InRange(age, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Equal(1L, await Sql.RunAsync(
            Database.AdminConnectionString,
            $"select count(*) from audit.records join audit.pending on record_id = id where subject_id = '{record.Id}' and action = '{AuditActions.EvidenceRecorded.Name}' and actor_kind = 'operator'"));
        Assert.Null(await Log.NewestAsync(EvidenceKind.SecurityReview, cancel));
    }

    [Fact]
    public async Task Many_at_once_are_as_many_records()
    {
        const int Writers = 14;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Log.WriteAsync(EvidenceKind.LoadTest, new { users = 50 }, TestContext.Current.CancellationToken)));

        Assert.Equal((long)Writers, await Sql.RunAsync(Database.AdminConnectionString, "select count(*) from platform.evidence e join audit.records r on r.subject_id = e.id"));
        Assert.NotNull(await Log.NewestAsync(EvidenceKind.LoadTest, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("update platform.evidence set facts = replace(facts, 'false', 'true')", "was edited")]
    [InlineData("update platform.evidence set recorded_at = recorded_at + interval '20 days'", "was edited")]
    [InlineData("update platform.evidence set id = gen_random_uuid()", "was edited")]
    [InlineData("delete from audit.pending; delete from audit.records", "was made up")]
    [InlineData("update audit.records set occurred_at = occurred_at - interval '2 minutes'", "was made up")]
    [InlineData("update audit.records set occurred_at = occurred_at + interval '2 minutes'", "was made up")]
    [InlineData("delete from platform.evidence", "a record was deleted")]
    public async Task What_was_changed_afterwards_is_not_believed(string statement, string evidence)
    {
        await Log.WriteAsync(EvidenceKind.LoadTest, new { users = 50, sloMet = false }, TestContext.Current.CancellationToken);
        await Sql.RunAsync(Database.AdminConnectionString, statement);

        var finding = await RunAsync("load-tested");

        Assert.Equal(CheckStatus.Error, finding.Status);
        Assert.Contains(evidence, finding.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_recorded_as_something_else_is_not_believed()
    {
        await Log.WriteAsync(EvidenceKind.RollbackRehearsal, new { users = 50, sloMet = true }, TestContext.Current.CancellationToken);
        await Sql.RunAsync(Database.AdminConnectionString, "update platform.evidence set kind = 'load_test'");

        (await RunAsync("load-tested")).Is(CheckStatus.Error, "was edited");
    }

    [Fact]
    public async Task Deleting_the_last_record_does_not_bring_back_the_one_before()
    {
        var cancel = TestContext.Current.CancellationToken;
        await Database.PlantAsync(EvidenceKind.RestoreDrill, """{"lostSeconds":1,"tookSeconds":2,"apiStarted":true}""", TimeSpan.FromDays(3));
        await Log.WriteAsync(EvidenceKind.RestoreDrill, new { fault = "it is not sound" }, cancel);
        await Log.WriteAsync(EvidenceKind.SecurityReview, new { by = "Ann" }, cancel);
        (await RunAsync("restore-drilled")).Is(CheckStatus.Fail, "it is not sound");

        await Sql.RunAsync(Database.AdminConnectionString, "delete from platform.evidence where facts like '%fault%'");

        (await RunAsync("restore-drilled")).Is(CheckStatus.Error, "a record was deleted");
        (await RunAsync("backup-fresh")).Is(CheckStatus.Error, "a record was deleted");

        // What was done since cannot be hidden by it, and what is done anew is believed again.
        (await RunAsync("security-review")).Is(CheckStatus.Pass, "Ann");
        await Log.WriteAsync(EvidenceKind.RestoreDrill, new { lostSeconds = 1, tookSeconds = 2, apiStarted = true }, cancel);
        (await RunAsync("restore-drilled")).Is(CheckStatus.Pass, "would have lost 1 s");
    }

    [Theory]
    [InlineData(1, 600)]
    [InlineData(600, 1)]
    public async Task A_trail_that_could_not_be_looked_through_is_looked_at_once(int timeout, int patience)
    {
        await Log.WriteAsync(EvidenceKind.SecurityReview, new { by = "Ann" }, TestContext.Current.CancellationToken);
        var log = new EvidenceLog(new NpgsqlConnectionStringBuilder(Database.OperatorConnectionString) { CommandTimeout = timeout }.ConnectionString);

        await using (var connection = new NpgsqlConnection(Database.AdminConnectionString))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await Sql.RunAsync(connection, "lock table audit.records in access exclusive mode");
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(patience));
            await Assert.ThrowsAnyAsync<Exception>(() => log.NewestAsync(EvidenceKind.SecurityReview, limit.Token));
        }

        // It could be by now, and nobody waits for it again.
        var refusal = await Assert.ThrowsAsync<InconclusiveException>(() => log.NewestAsync(EvidenceKind.SecurityReview, TestContext.Current.CancellationToken));
        Assert.StartsWith("whether a record was deleted cannot be told", refusal.Message, StringComparison.Ordinal);
        Assert.NotNull(await Log.NewestAsync(EvidenceKind.SecurityReview, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_is_written_too_slowly_to_be_believed_is_not_written()
    {
        await Sql.RunAsync(
            Database.AdminConnectionString,
            """
            create function audit.late() returns trigger language plpgsql as $$ begin new.occurred_at := new.occurred_at + interval '31 seconds'; return new; end $$;
            create trigger late before insert on audit.records for each row execute function audit.late()
            """);

        try
        {
            await Assert.ThrowsAsync<InconclusiveException>(() => Log.WriteAsync(EvidenceKind.LoadTest, new { users = 50 }, TestContext.Current.CancellationToken));
        }
        finally
        {
            await Sql.RunAsync(Database.AdminConnectionString, "drop trigger late on audit.records; drop function audit.late()");
        }

        Assert.Equal(0L, await Sql.RunAsync(Database.AdminConnectionString, "select (select count(*) from platform.evidence) + (select count(*) from audit.records)"));
    }

    [Fact]
    public async Task Whoever_changes_the_id_as_well_needs_a_record_of_the_trail_and_that_is_found()
    {
        await Log.WriteAsync(EvidenceKind.SecurityReview, new { note = "none" }, TestContext.Current.CancellationToken);
        await Sql.RunAsync(Database.AppConnectionString, "select sealed from audit.seal(1000)");
        Assert.Equal(0, await VerifyAsync());
        var at = (DateTime)(await Sql.RunAsync(Database.AdminConnectionString, "select recorded_at from platform.evidence"))!;
        var forged = new EvidenceRecord(EvidenceKind.SecurityReview, new DateTimeOffset(at), """{"by":"Ann"}""");
        await Sql.RunAsync(Database.AdminConnectionString, $"update platform.evidence set id = '{forged.Id}', facts = '{forged.Facts}'");
        Assert.Contains("was made up", (await RunAsync("security-review")).Evidence, StringComparison.Ordinal);

        await Sql.RunAsync(Database.AdminConnectionString, $"update audit.records set subject_id = '{forged.Id}' where action = '{AuditActions.EvidenceRecorded.Name}'");

        Assert.Equal(CheckStatus.Pass, (await RunAsync("security-review")).Status);
        Assert.Equal(1, await VerifyAsync());
    }

    [Theory]
    [InlineData("update platform.evidence set facts = '{}'")]
    [InlineData("delete from platform.evidence")]
    [InlineData("truncate platform.evidence")]
    public async Task Not_even_the_operator_changes_what_is_written(string statement) =>
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await Sql.RefusalAsync(Database.OperatorConnectionString, statement));

    [Theory]
    [InlineData("select from platform.evidence")]
    [InlineData("insert into platform.evidence values (gen_random_uuid(), 'load_test', now(), '{}')")]
    public async Task The_API_has_nothing_to_do_with_it(string statement) =>
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await Sql.RefusalAsync(Database.AppConnectionString, statement));

    [Theory]
    [InlineData("Load test", "{}")]
    [InlineData("load_test", "[]")]
    [InlineData("load_test", "null")]
    public async Task The_database_takes_nothing_else(string kind, string facts) => Assert.Equal(
        PostgresErrorCodes.CheckViolation,
        await Sql.RefusalAsync(Database.OperatorConnectionString, $"insert into platform.evidence values (gen_random_uuid(), '{kind}', now(), '{facts}')"));

    private async Task<int> VerifyAsync() =>
        (await OperationsConsoleTests.CallAsync("audit verify", ("Operations:OperatorConnectionString", Database.OperatorConnectionString))).ExitCode;

    private Task<Finding> RunAsync(string check) => ReadinessChecks.All.Single(one => one.Concern.Id == check).LookAsync(Database);
}
