using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Tests.Auditing;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Readiness;

/// <summary>Checks of backups and of the audit trail are shown what they are there to find.</summary>
public sealed class BackupAndAuditCheckTests(PostgresServer postgres)
{
    [Theory]
    [InlineData("backup-fresh", "delete from platform.recoveries", "never made")]
    public Task What_it_is_there_for_turns_it_red(string check, string mutation, string words) => postgres.TurnsRedAsync(check, mutation, words);

    [Theory]
    [InlineData("interval '25 hours'", "Stale", "made 25.0 hours ago")]
    [InlineData("interval '-1 hour'", "Error", "as of the future")]
    public async Task A_backup_that_is_old_or_of_the_future_does_not_count(string age, string status, string words)
    {
        await using var database = await postgres.SoundAsync();
        await Sql.RunAsync(database.AdminConnectionString, $"update platform.recoveries set completed_at = now() - {age}");

        (await SoundDatabase.Checks["backup-fresh"].LookAsync(database)).Is(Enum.Parse<CheckStatus>(status), words);
    }

    [Theory]
    [InlineData("update audit.records set action = 'test.changed' where id = (select record_id from audit.seals where sequence = 3)", "of seal 3 is not what was sealed there")]
    [InlineData("delete from audit.seals where sequence = 3", "The seals from 3 to 3 are missing")]
    [InlineData("insert into audit.records (id, occurred_at, action, outcome, actor_kind) values (gen_random_uuid(), now() - interval '1 hour', 'test.forged', 'success', 'nobody')", "has no seal and waits for none")]
    public async Task A_broken_chain_is_found(string tampering, string words)
    {
        await using var database = await postgres.SoundAsync();
        await database.WriteAsync(6);
        await database.SealAsync();
        (await SoundDatabase.Checks["audit-chain"].LookAsync(database)).Is(CheckStatus.Pass, "sound as far as it goes: 6 seals");
        await database.TamperAsync(tampering);

        (await SoundDatabase.Checks["audit-chain"].LookAsync(database)).Is(CheckStatus.Fail, words);
    }

    [Fact]
    public async Task A_trail_too_long_for_the_time_of_a_check_is_inconclusive()
    {
        await using var database = await postgres.SoundAsync();

        (await new AuditChainIntact(TimeSpan.Zero).LookAsync(database)).Is(CheckStatus.Error, "run `audit verify`");
    }
}
