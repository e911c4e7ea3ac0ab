using HardenedService.Operations.Load;
using HardenedService.Operations.Readiness;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using HardenedService.Tests.Shipping;

namespace HardenedService.Tests.Readiness;

/// <summary>What was proved by being done holds for a time, and if it was good enough.</summary>
public sealed class EvidenceCheckTests(MigratedDatabase migrated) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private static readonly string LoadTest = $$"""
        "users":50,"seconds":60,"offeredRate":10,"calls":600,"mix":"{{LoadOperation.Text(LoadOperations.All)}}","p99Milliseconds":120,"errorRatio":0.001,"limitedRatio":0,"url":"https://staging.example/"
        """;

    private static readonly string Good =
        $$"""{{{LoadTest}},"lostSeconds":1,"tookSeconds":2,"apiStarted":true,"version":"1.4.0","from":"2","to":"1","by":"Ann","sections":9,"tables":9}""";

    private TestDatabase Database => migrated.Database;

    public async ValueTask InitializeAsync() => await Database.ForgetEvidenceAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("backup-fresh", 1.25)]
    [InlineData("restore-drilled", 30)]
    [InlineData("privacy-exercised", 90)]
    [InlineData("load-tested", 30)]
    [InlineData("alert-delivery", 30)]
    [InlineData("rollback-rehearsed", 90)]
    [InlineData("release-time", 90)]
    [InlineData("security-review", 365)]
    public async Task A_record_holds_for_a_time(string check, double days)
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
    [InlineData("restore-drilled", """{"lostSeconds":1,"apiStarted":true}""", "neither RPO nor RTO")]
    [InlineData("restore-drilled", """{"lostSeconds":1,"tookSeconds":2,"apiStarted":false}""", "the API was not started on it")]
    [InlineData("restore-drilled", """{"lostSeconds":1,"tookSeconds":2}""", "the API was not started on it")]
    [InlineData("restore-drilled", """{"fault":"its SHA-256 is another one","lostSeconds":1,"tookSeconds":2,"apiStarted":true}""", "its SHA-256 is another one")]
    [InlineData("rollback-rehearsed", """{"note":"it went well"}""", "does not tell from which release")]
    [InlineData("rollback-rehearsed", """{"from":"1.5.0"}""", "does not tell from which release")]
    [InlineData("rollback-rehearsed", """{"from":"1.5.0","to":"1.5.0"}""", "does not tell from which release")]
    [InlineData("privacy-exercised", """{"fault":"the export is somebody else\u0027s","sections":9,"tables":9}""", "the export is somebody else's")]
    [InlineData("privacy-exercised", """{"by":"Ann"}""", "does not tell what was exported")]
    [InlineData("privacy-exercised", """{"sections":9,"tables":0}""", "does not tell what was exported")]
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

    [Fact]
    public void A_backup_is_too_old_for_the_check_and_for_the_alert_at_the_same_age()
    {
        var hours = ReadinessChecks.All.Single(check => check.Concern.Id == "backup-fresh").Concern.Holds!.Value.TotalHours;
        var rules = Shipped.Read("prometheus/rules/recovery.yml");

        Assert.Contains(FormattableString.Invariant($"min by (job) (app_recovery_backup_age_seconds) > {hours} * 3600"), rules, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_is_a_little_behind_makes_no_future()
    {
        await PlantAsync(EvidenceKind.Backup, Good, -TimeSpan.FromMinutes(4));
        (await RunAsync("backup-fresh")).Is(CheckStatus.Pass, "0 hours ago");

        await PlantAsync(EvidenceKind.Backup, Good, -TimeSpan.FromMinutes(6));
        (await RunAsync("backup-fresh")).Is(CheckStatus.Error, "from the future");
    }

    [Theory]
    [InlineData("""{"lostSeconds":1,"tookSeconds":2,"apiStarted":true,"keysOpened":true,"canarySignedIn":true}""", "took 2 s (RTO); the API got ready on it")]
    [InlineData("""{"lostSeconds":1,"tookSeconds":2,"apiStarted":true,"keysOpened":true}""", "the API got ready on it; not tried: a sign-in")]
    [InlineData("""{"lostSeconds":1,"tookSeconds":2,"apiStarted":true}""", "the API got ready on it; not tried: the key ring, a sign-in")]
    [InlineData("""{"told":true,"by":"Ann","lostSeconds":1,"tookSeconds":2,"apiStarted":true}""", "a sign-in; as told by Ann")]
    public async Task What_a_drill_did_not_try_and_who_told_of_it_is_shown(string facts, string evidence)
    {
        await PlantAsync(EvidenceKind.RestoreDrill, facts, TimeSpan.FromHours(5));

        var finding = await RunAsync("restore-drilled");

        finding.Is(CheckStatus.Pass, "5 hours ago: would have lost 1 s (RPO)");
        Assert.EndsWith(evidence, finding.Evidence, StringComparison.Ordinal);
    }

    private static string KindOf(string check) => check switch
    {
        "backup-fresh" => EvidenceKind.Backup,
        "restore-drilled" => EvidenceKind.RestoreDrill,
        "privacy-exercised" => EvidenceKind.PrivacyRehearsal,
        "load-tested" => EvidenceKind.LoadTest,
        "alert-delivery" => EvidenceKind.AlertDelivery,
        "rollback-rehearsed" => EvidenceKind.RollbackRehearsal,
        "release-time" => EvidenceKind.Release,
        _ => EvidenceKind.SecurityReview,
    };

    // And nothing else was ever done.
    private async Task PlantAsync(string kind, string facts, TimeSpan age)
    {
        await Database.ForgetEvidenceAsync();
        await Database.PlantAsync(kind, facts, age);
    }

    private Task<Finding> RunAsync(string check) => ReadinessChecks.All.Single(one => one.Concern.Id == check).LookAsync(Database);
}
