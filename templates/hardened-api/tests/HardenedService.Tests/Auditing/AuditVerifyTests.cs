using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Auditing;

/// <summary>Whoever gets as far as the database leaves a trace: <c>audit verify</c> finds it.</summary>
public sealed class AuditVerifyTests(MigratedDatabase migrated) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private const string Third = "(select record_id from audit.seals where sequence = 3)";

    private readonly TestDatabase _database = migrated.Database;
    private string _head = "";

    // Each test tampers with a trail of its own.
    public async ValueTask InitializeAsync()
    {
        await _database.TamperAsync("truncate audit.seals, audit.pending, audit.details, audit.records");
        await _database.WriteAsync(6);
        _head = await _database.SealAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    [Wall("I4")]
    public async Task A_trail_that_nobody_touched_is_sound_and_its_head_is_told()
    {
        var (exitCode, output) = await _database.VerifyAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains($"The head is {_head}.", output);
        Assert.Contains("Name a published head (--head)", output);

        await _database.WriteAsync(3);
        await _database.SealAsync();
        (exitCode, output) = await _database.VerifyAsync(_head);

        Assert.Equal(0, exitCode);
        Assert.Contains("goes on from the published head", output);
    }

    [Theory]
    [Wall("I4")]
    [InlineData("action = 'test.changed'")]
    [InlineData("outcome = 'refused'")]
    [InlineData("occurred_at = occurred_at + interval '1 microsecond'")]
    [InlineData("actor_id = gen_random_uuid()")]
    [InlineData("actor_kind = 'operator', actor_id = null")]
    [InlineData("subject_id = null")]
    [InlineData("subject_id = null, session_id = subject_id")]
    [InlineData("organization_id = gen_random_uuid()")]
    [InlineData("trace_id = repeat('a', 32)")]
    public async Task A_record_that_was_changed_is_found(string change)
    {
        await _database.TamperAsync($"update audit.records set {change} where id = {Third}");

        await IsFoundAsync("of seal 3 is not what was sealed there");
    }

    [Theory]
    [Wall("I4")]
    [InlineData("delete from audit.records where id = " + Third, "of seal 3 is missing: it was deleted")]
    [InlineData("delete from audit.records where id = " + Third + "; delete from audit.seals where sequence = 3", "The seals from 3 to 3 are missing")]
    [InlineData("delete from audit.seals where sequence < 3", "The seals from 1 to 2 are missing")]
    public async Task What_was_deleted_is_found(string deletion, string finding)
    {
        await _database.TamperAsync(deletion);

        await IsFoundAsync(finding);
    }

    [Theory]
    [Wall("I4")]
    [InlineData("update audit.seals set record_id = (select record_id from audit.seals s where s.sequence = 7 - seals.sequence) where sequence in (3, 4)")]
    [InlineData("update audit.seals set sequence = -sequence where sequence in (3, 4); update audit.seals set sequence = 7 + sequence where sequence < 0")]
    [InlineData("delete from audit.seals where sequence = 3; update audit.seals set sequence = sequence - 1 where sequence > 3")]
    public async Task What_was_put_in_another_order_is_found(string change)
    {
        await _database.TamperAsync(
            $"""
            alter table audit.seals
              drop constraint if exists seals_record_id_key,
              drop constraint if exists seals_sequence_check,
              drop constraint if exists seals_pkey;
            {change}
            """);

        await IsFoundAsync("of seal 3 is not what was sealed there: it was changed, or put in another's place");
    }

    [Fact]
    [Wall("I4")]
    public async Task A_record_that_was_slipped_in_is_found()
    {
        const string forged = "insert into audit.records (id, occurred_at, action, outcome, actor_kind) values (gen_random_uuid(), now() - interval '1 hour', 'test.forged', 'success', 'nobody') returning id";

        await _database.TamperAsync($"with forged as ({forged}) insert into audit.seals select 7, id, sha256('forged') from forged");
        await IsFoundAsync("of seal 7 is not what was sealed there");

        await _database.TamperAsync($"delete from audit.seals where sequence = 7; delete from audit.records where action = 'test.forged'; {forged}");
        await IsFoundAsync("has no seal and waits for none: it was forged, or its seal was deleted");
    }

    [Fact]
    [Wall("I4")]
    public async Task An_end_that_was_cut_off_is_found_against_a_published_head()
    {
        await _database.TamperAsync(
            """
            create temporary table cut on commit drop as select record_id from audit.seals where sequence > 4;
            delete from audit.seals where sequence > 4;
            delete from audit.records where id in (select record_id from cut);
            """);

        Assert.Equal(0, (await _database.VerifyAsync()).ExitCode);
        await IsFoundAsync("The chain ends at 4, and its head was published at 6: its end was cut off", _head);
    }

    [Fact]
    [Wall("I4")]
    public async Task A_chain_that_was_made_anew_is_found_against_a_published_head()
    {
        await _database.TamperAsync($"update audit.records set action = 'test.changed' where id = {Third}; insert into audit.pending select record_id from audit.seals; delete from audit.seals");
        await _database.SealAsync();

        Assert.Equal(0, (await _database.VerifyAsync()).ExitCode);
        await IsFoundAsync("Seal 6 is not the one that was published: the chain was made anew", _head);
    }

    [Fact]
    public async Task A_record_that_waits_for_long_is_told()
    {
        await _database.WriteAsync(1);
        Assert.Equal(0, (await _database.VerifyAsync(_head)).ExitCode);

        await _database.TamperAsync("update audit.records set occurred_at = now() - interval '11 minutes' where id in (select record_id from audit.pending)");
        await IsFoundAsync("has waited for its seal for more than 10 minutes: is the API running?");
    }

    [Fact]
    [Wall("I4")]
    public async Task Erasing_a_person_leaves_the_chain_as_it_is()
    {
        var person = Guid.CreateVersion7();
        await using var app = await Sql.OpenAsync(_database.AppConnectionString);
        await AuditChain.WriteAsync(app, Guid.CreateVersion7(), person);
        await AuditChain.WriteAsync(app, Guid.CreateVersion7(), person);
        var head = await _database.SealAsync();

        Assert.Equal(2L, await Sql.RunAsync(app, $"select audit.erase_person('{person}')"));
        Assert.Equal(6L, await Sql.RunAsync(_database.AdminConnectionString, "select count(*) from audit.details"));
        Assert.Equal(0, (await _database.VerifyAsync(head)).ExitCode);
    }

    [Fact]
    public async Task Of_many_findings_the_first_are_told_and_the_rest_counted()
    {
        await _database.WriteAsync(24);
        await _database.SealAsync();
        await _database.TamperAsync("update audit.records set action = 'test.changed'");

        await IsFoundAsync("… and 10 more.");
    }

    [Theory]
    [InlineData("7")]
    [InlineData("7:abc")]
    [InlineData("0:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("x:0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task What_is_no_head_is_wrong_usage(string head)
    {
        var (exitCode, output) = await _database.VerifyAsync(head);

        Assert.Equal(2, exitCode);
        Assert.Contains($"'{head}' is not a head", output);
    }

    private async Task IsFoundAsync(string finding, string? head = null)
    {
        var (exitCode, output) = await _database.VerifyAsync(head);

        Assert.Contains(finding, output);
        Assert.Contains("The audit trail is not sound.", output);
        Assert.Equal(1, exitCode);
    }
}
