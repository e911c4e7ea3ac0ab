using System.Security.Cryptography;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Npgsql;

namespace HardenedService.Tests.Security;

/// <summary>How the database goes about a look-up among a million sessions of a hundred thousand people.</summary>
public sealed class SessionPlanTests(SessionPlanTests.Million million) : IClassFixture<SessionPlanTests.Million>
{
    [Theory]
    [InlineData("force_generic_plan", 1)]
    [InlineData("force_generic_plan", 1000)]
    [InlineData("force_custom_plan", 1)]
    [InlineData("force_custom_plan", 1000)]
    public async Task A_look_up_goes_by_the_indexes(string mode, int tokens)
    {
        await using var connection = await Sql.OpenAsync(million.Database.AppConnectionString);
        await Sql.RunAsync(connection, $"set plan_cache_mode = {mode}");
        await Sql.RunAsync(connection, $"prepare find (bytea[], interval) as {SessionQueries.Find}");

        var hashes = string.Join(", ", Enumerable.Range(1, tokens).Select(n => $"'\\x{Convert.ToHexString(SHA256.HashData(BitConverter.GetBytes(n)))}'"));

        var plan = await PlanAsync(connection, $"execute find (array[{hashes}]::bytea[], interval '10 minutes')");

        Assert.Contains("sessions_token_hash_key", plan, StringComparison.Ordinal);
        Assert.Contains("accounts_pkey", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on sessions", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on accounts", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_of_ones_own_goes_by_an_index()
    {
        await using var connection = await Sql.OpenAsync(million.Database.AppConnectionString);

        var plan = await PlanAsync(connection, "select id from identity.live_sessions where account_id = '00000000-0000-0000-0000-000000000001' order by last_seen_at desc limit 1000");

        Assert.Contains("sessions_account_id_idx", plan, StringComparison.Ordinal);
    }

    private static async Task<string> PlanAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand($"explain {statement}", connection);
        await using var rows = await command.ExecuteReaderAsync();
        var lines = new List<string>();

        while (await rows.ReadAsync())
        {
            lines.Add(rows.GetString(0));
        }

        return string.Join('\n', lines);
    }

    public sealed class Million(PostgresServer postgres) : IAsyncLifetime
    {
        public TestDatabase Database { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Database = await postgres.CreateDatabaseAsync();
            await using var connection = await Sql.OpenAsync(Database.AdminConnectionString);

            // The rows without their indexes and foreign keys first, which takes a third of the time.
            foreach (var statement in new[]
            {
                """
                insert into identity.accounts (id, email, normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp)
                select lpad(n::text, 32, '0')::uuid, n || '@example.org', n || '@EXAMPLE.ORG', true, '', '', '' from generate_series(1, 100000) n
                """,
                "alter table identity.sessions drop constraint sessions_pkey, drop constraint sessions_token_hash_key, drop constraint sessions_account_id_fkey",
                "drop index identity.sessions_account_id_idx, identity.sessions_expires_at_idx",
                """
                insert into identity.sessions (id, token_hash, account_id, epoch, transport, assurance, idle_timeout, expires_at)
                select lpad(n::text, 32, '0')::uuid, sha256(n::text::bytea), lpad((n % 100000 + 1)::text, 32, '0')::uuid, 0, 'bearer', 'password', interval '1 hour', now() + interval '1 hour'
                from generate_series(1, 1000000) n
                """,
                "alter table identity.sessions add constraint sessions_pkey primary key (id), add constraint sessions_token_hash_key unique (token_hash)",
                "create index sessions_account_id_idx on identity.sessions (account_id)",
                "analyze",
            })
            {
                await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 300 };
                await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            }
        }

        public ValueTask DisposeAsync() => Database.DisposeAsync();
    }
}
