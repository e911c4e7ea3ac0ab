using HardenedService.Operations.Load;
using HardenedService.Operations.Readiness;
using HardenedService.Platform.Auditing;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Tests.Readiness;

/// <summary>What was proved by being done: written down once, and believed as long as it is what was written.</summary>
public sealed class EvidenceTests(MigratedDatabase migrated) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private static readonly string LoadTest = $$"""
        "users":50,"seconds":60,"offeredRate":10,"calls":600,"mix":"{{LoadMix.Text(LoadOperations.All)}}","p99Milliseconds":120,"errorRatio":0.001,"limitedRatio":0,"url":"https://staging.example/"
        """;

    private static readonly string Good = $$"""{{{LoadTest}},"lostSeconds":1,"tookSeconds":2,"version":"1.4.0","from":"2","to":"1","by":"Ann"}""";

    private TestDatabase Database => migrated.Database;

    private EvidenceLog Log => new(Database.OperatorConnectionString);

    public async ValueTask InitializeAsync() => await Sql.RunAsync(
        Database.AdminConnectionString,
        "delete from platform.evidence; delete from audit.seals; delete from audit.pending; delete from audit.records");

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
    [InlineData("restore-drilled", 30)]
    [InlineData("load-tested", 30)]
    [InlineData("alert-delivery", 30)]
    [InlineData("rollback-rehearsed", 90)]
    [InlineData("release-time", 90)]
    [InlineData("security-review", 365)]
    public async Task A_record_holds_for_a_time(string check, int days)
    {
        var kind = KindOf(check);
        Assert.Equal(CheckStatus.Fail, (await RunAsync(check)).Status);

        await PlantAsync(kind, Good, TimeSpan.FromDays(days + 0.1));
        Assert.Equal(CheckStatus.Stale, (await RunAsync(check)).Status);

        await PlantAsync(kind, Good, TimeSpan.FromDays(days - 0.1));
        var finding = await RunAsync(check);
        Assert.True(finding.Status == CheckStatus.Pass, finding.Evidence);

        await PlantAsync(kind, Good, -TimeSpan.FromDays(1));
        Assert.Equal(CheckStatus.Error, (await RunAsync(check)).Status);
    }

    [Theory]
    [InlineData("restore-drilled", """{"lostSeconds":1}""", "neither RPO nor RTO")]
    [InlineData("load-tested", """{"users":50,"sloMet":true}""", "shorter than 60 s, fewer calls than so many people make, who think for 5 s, fewer than 500 calls, another mix than ")]
    [InlineData("load-tested", """{"sloMet":true}""", "the p99 was above 500 ms, more than 0.1 % failed, more than 0.1 % were turned away by rate limits")]
    [InlineData("release-time", """{"version":"1.4.0","seconds":3600}""", "1.4.0, 60 minutes after its commit")]
    [InlineData("release-time", """{"version":"1.4.0","seconds":-1}""", "the commit was made after the release")]
    [InlineData("release-time", """{"version":"1.4.0"}""", "nobody told when the commit was made")]
    [InlineData("security-review", "{}", "nobody is named")]
    public async Task What_was_not_good_enough_fails(string check, string facts, string evidence)
    {
        await PlantAsync(KindOf(check), facts, TimeSpan.FromHours(1));

        var finding = await RunAsync(check);

        Assert.Equal(CheckStatus.Fail, finding.Status);
        Assert.Contains(evidence, finding.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"users\":50", "\"users\":49", "fewer than 50 users")]
    [InlineData("\"users\":50", "\"users\":\"many\"", "fewer than 50 users")]
    [InlineData("\"seconds\":60", "\"seconds\":59", "shorter than 60 s")]
    [InlineData("\"offeredRate\":10", "\"offeredRate\":0.1", "fewer calls than so many people make, who think for 5 s")]
    [InlineData("\"calls\":600", "\"calls\":6", "fewer than 500 calls")]
    [InlineData("browse=70", "browse=71", "another mix than ")]
    [InlineData("\"p99Milliseconds\":120", "\"p99Milliseconds\":501", "the p99 was above 500 ms")]
    [InlineData("\"errorRatio\":0.001", "\"errorRatio\":0.002", "more than 0.1 % failed")]
    [InlineData("\"limitedRatio\":0", "\"limitedRatio\":0.002", "more than 0.1 % were turned away by rate limits")]
    public async Task A_load_test_that_lacks_one_thing_fails_for_it(string fact, string otherwise, string fault)
    {
        Assert.Contains(fact, Good, StringComparison.Ordinal);
        await PlantAsync(EvidenceKind.LoadTest, Good.Replace(fact, otherwise, StringComparison.Ordinal), TimeSpan.FromHours(1));

        var finding = await RunAsync("load-tested");

        Assert.Equal(CheckStatus.Fail, finding.Status);
        Assert.Contains($"errors: {fault}", finding.Evidence, StringComparison.Ordinal);
        Assert.Contains("at https://staging.example/", finding.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("update platform.evidence set facts = replace(facts, 'false', 'true')", "was edited")]
    [InlineData("update platform.evidence set recorded_at = recorded_at + interval '20 days'", "was edited")]
    [InlineData("update platform.evidence set kind = 'load_test', id = gen_random_uuid()", "was edited")]
    [InlineData("delete from audit.pending; delete from audit.records", "was made up")]
    [InlineData("update audit.records set occurred_at = occurred_at - interval '20 days'", "was made up")]
    public async Task What_was_changed_afterwards_is_not_believed(string statement, string evidence)
    {
        await Log.WriteAsync(EvidenceKind.LoadTest, new { users = 50, sloMet = false }, TestContext.Current.CancellationToken);
        await Sql.RunAsync(Database.AdminConnectionString, statement);

        var finding = await RunAsync("load-tested");

        Assert.Equal(CheckStatus.Error, finding.Status);
        Assert.Contains(evidence, finding.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_changes_the_id_as_well_needs_a_record_of_the_trail_and_that_is_found()
    {
        await Log.WriteAsync(EvidenceKind.LoadTest, new { users = 1 }, TestContext.Current.CancellationToken);
        await Sql.RunAsync(Database.AppConnectionString, "select sealed from audit.seal(1000)");
        Assert.Equal(0, await VerifyAsync());
        var at = (DateTime)(await Sql.RunAsync(Database.AdminConnectionString, "select recorded_at from platform.evidence"))!;
        var forged = new EvidenceRecord(EvidenceKind.LoadTest, new DateTimeOffset(at), Good);
        await Sql.RunAsync(Database.AdminConnectionString, $"update platform.evidence set id = '{forged.Id}', facts = '{forged.Facts}'");
        Assert.Contains("was made up", (await RunAsync("load-tested")).Evidence, StringComparison.Ordinal);

        await Sql.RunAsync(Database.AdminConnectionString, $"update audit.records set subject_id = '{forged.Id}' where action = '{AuditActions.EvidenceRecorded.Name}'");

        Assert.Equal(CheckStatus.Pass, (await RunAsync("load-tested")).Status);
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

    private static string KindOf(string check) => check switch
    {
        "restore-drilled" => EvidenceKind.RestoreDrill,
        "load-tested" => EvidenceKind.LoadTest,
        "alert-delivery" => EvidenceKind.AlertDelivery,
        "rollback-rehearsed" => EvidenceKind.RollbackRehearsal,
        "release-time" => EvidenceKind.Release,
        _ => EvidenceKind.SecurityReview,
    };

    // As if it had been written then.
    private async Task PlantAsync(string kind, string facts, TimeSpan age)
    {
        await Sql.RunAsync(Database.AdminConnectionString, "delete from platform.evidence");
        var now = (DateTime)(await Sql.RunAsync(Database.AdminConnectionString, "select now()"))!;
        var record = new EvidenceRecord(kind, new DateTimeOffset(now) - age, facts);
        var at = FormattableString.Invariant($"{record.RecordedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}Z");
        await Sql.RunAsync(
            Database.AdminConnectionString,
            $"""
            insert into platform.evidence values ('{record.Id}', '{kind}', '{at}', '{facts}');
            insert into audit.records (id, occurred_at, action, outcome, actor_kind, subject_id)
            values (gen_random_uuid(), '{at}', '{AuditActions.EvidenceRecorded.Name}', 'success', 'operator', '{record.Id}');
            """);
    }

    private async Task<int> VerifyAsync() =>
        (await OperationsConsoleTests.CallAsync("audit verify", ("Operations:OperatorConnectionString", Database.OperatorConnectionString))).ExitCode;

    private async Task<Finding> RunAsync(string check)
    {
        var settings = new Dictionary<string, string?> { ["Operations:OperatorConnectionString"] = Database.OperatorConnectionString };
        using var context = new ReadinessContext(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), new(), null, null, null);
        var checks = ReadinessChecks.All.Where(one => one.Concern.Id == check).ToList();

        return Assert.Single(await new ReadinessRun(context, TextWriter.Null).RunAsync(checks, TestContext.Current.CancellationToken)).Finding;
    }
}
