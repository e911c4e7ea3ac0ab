using HardenedService.Operations.Auditing;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Tests.Auditing;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Readiness;

/// <summary>The audit trail is walked, a long one from where <c>audit verify</c> came to.</summary>
public sealed class AuditChainCheckTests(PostgresServer postgres)
{
    private static readonly AuditChainIntact OfLongTrails = new(TimeSpan.FromSeconds(30), shortEnough: 0);

    [Theory]
    [InlineData("update audit.records set action = 'test.changed' where id = (select record_id from audit.seals where sequence = 3)", "of seal 3 is not what was sealed there")]
    [InlineData("delete from audit.seals where sequence = 3", "The seals from 3 to 3 are missing")]
    [InlineData("insert into audit.records (id, occurred_at, action, outcome, actor_kind) values (gen_random_uuid(), now() - interval '1 hour', 'test.forged', 'success', 'nobody')", "has no seal and waits for none")]
    public async Task A_broken_chain_is_found(string tampering, string words)
    {
        await using var database = await postgres.CreateDatabaseAsync();
        await database.WriteAsync(6);
        await database.SealAsync();
        (await new AuditChainIntact().LookAsync(database)).Is(CheckStatus.Pass, "sound as far as it goes: 6 seals");
        await database.TamperAsync(tampering);

        (await new AuditChainIntact().LookAsync(database)).Is(CheckStatus.Fail, words);
    }

    [Fact]
    public async Task A_trail_too_long_for_the_time_of_a_check_is_inconclusive()
    {
        await using var database = await postgres.CreateDatabaseAsync();

        (await new AuditChainIntact(TimeSpan.Zero, 0).LookAsync(database)).Is(CheckStatus.Error, "run `audit verify`");
    }

    [Fact]
    public async Task A_long_trail_is_walked_on_from_where_the_verb_came_to()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        await WalkAsync(database);

        (await OfLongTrails.LookAsync(database)).Is(CheckStatus.Pass, "8 seals, the first 4 of them as `audit verify` found them");
        (await new AuditChainIntact().LookAsync(database)).Is(CheckStatus.Pass, "sound as far as it goes: 8 seals");
        await database.TamperAsync("update audit.records set action = 'test.changed' where id = (select record_id from audit.seals where sequence = 7)");
        (await OfLongTrails.LookAsync(database)).Is(CheckStatus.Fail, "of seal 7 is not what was sealed there");
    }

    [Theory]
    [InlineData("delete from platform.evidence")]
    [InlineData("update platform.evidence set facts = '{}'")]
    public async Task A_walk_that_is_not_believed_is_not_used(string tampering)
    {
        await using var database = await postgres.CreateDatabaseAsync();
        await WalkAsync(database);
        await database.TamperAsync(tampering);

        var finding = await OfLongTrails.LookAsync(database);

        finding.Is(CheckStatus.Pass, "sound as far as it goes: 8 seals");
        Assert.DoesNotContain("as `audit verify` found them", finding.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("update audit.seals set hash = sha256('') where sequence = 4")]
    [InlineData("delete from audit.seals where sequence >= 4")]
    public async Task A_chain_that_is_not_the_one_that_was_walked_is_found(string tampering)
    {
        await using var database = await postgres.CreateDatabaseAsync();
        await WalkAsync(database);
        await database.TamperAsync(tampering);

        (await OfLongTrails.LookAsync(database)).Is(CheckStatus.Fail, "seal 4 is not the one that `audit verify` came to");
    }

    [Fact]
    public async Task The_verb_records_how_far_a_long_trail_is_sound()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var log = new EvidenceLog(database.OperatorConnectionString);
        var cancel = TestContext.Current.CancellationToken;
        var head = new ChainHead(AuditChainIntact.ShortEnough, new string('a', 64));

        await AuditCommand.RecordAsync(log, head, TextWriter.Null, cancel);
        Assert.Null(await log.NewestAsync(EvidenceKind.AuditWalk, cancel));

        await AuditCommand.RecordAsync(log, head with { Sequence = head.Sequence + 1 }, TextWriter.Null, cancel);
        Assert.Equal($"100001:{head.Hash}", Assert.NotNull(await log.NewestAsync(EvidenceKind.AuditWalk, cancel)).Record.Fact("head"));
    }

    // Of four records that were verified, and that is one more; three follow.
    private static async Task WalkAsync(TestDatabase database)
    {
        await database.WriteAsync(4);
        await database.SealAsync();
        var head = (string)(await Sql.RunAsync(database.AdminConnectionString, "select sequence || ':' || encode(hash, 'hex') from audit.seals order by sequence desc limit 1"))!;
        await new EvidenceLog(database.OperatorConnectionString).WriteAsync(EvidenceKind.AuditWalk, new { head }, TestContext.Current.CancellationToken);
        await database.WriteAsync(3);
        await database.SealAsync();
    }
}
