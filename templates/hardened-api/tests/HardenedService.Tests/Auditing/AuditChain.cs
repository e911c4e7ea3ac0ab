using System.Globalization;
using HardenedService.Operations;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Tests.Auditing;

/// <summary>The trail as the API's role and the operator's verbs use it, without an API.</summary>
internal static class AuditChain
{
    /// <summary>Writes records, each in a transaction of its own.</summary>
    public static async Task WriteAsync(this TestDatabase database, int count)
    {
        await using var app = await Sql.OpenAsync(database.AppConnectionString);

        for (var i = 0; i < count; i++)
        {
            await WriteAsync(app, Guid.CreateVersion7());
        }
    }

    /// <summary>Writes a record as <c>AuditTrail</c> does.</summary>
    public static async Task WriteAsync(NpgsqlConnection app, Guid id, Guid? actor = null)
    {
        await using var command = new NpgsqlCommand(
            """
            with record as (
              insert into audit.records (id, action, outcome, actor_kind, actor_id, subject_id)
              values ($1, 'test.written', 'success', 'account', $2, gen_random_uuid())
            ), details as (
              insert into audit.details (record_id, ip, user_agent)
              values ($1, '192.0.2.1', 'a browser')
            )
            insert into audit.pending
            values ($1)
            """,
            app);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = actor ?? Guid.NewGuid() });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Seals what waits, and returns the head as it is published.</summary>
    public static async Task<string> SealAsync(this TestDatabase database, int most = 1000) =>
        (string)(await Sql.RunAsync(
            database.AppConnectionString, string.Create(CultureInfo.InvariantCulture, $"select sequence || ':' || encode(hash, 'hex') from audit.seal({most})")))!;

    /// <summary>Changes what nobody may change: as the superuser, past every constraint and trigger.</summary>
    public static Task TamperAsync(this TestDatabase database, string sql) =>
        Sql.RunAsync(database.AdminConnectionString, $"begin; set local session_replication_role = replica; {sql}; commit");

    public static async Task<(int ExitCode, string Output)> VerifyAsync(this TestDatabase database, string? head = null)
    {
        await using var output = new StringWriter();
        using var configuration = new ConfigurationManager();
        configuration["Operations:OperatorConnectionString"] = database.OperatorConnectionString;
        string[] call = head is null ? ["audit", "verify"] : ["audit", "verify", "--head", head];
        var exitCode = await OperationsConsole.InvokeAsync(call, configuration, output, output, TestContext.Current.CancellationToken);

        return (exitCode, output.ToString());
    }
}
