using Npgsql;

namespace HardenedService.Tests.Migrations;

/// <summary>One statement on a connection of its own.</summary>
internal static class Sql
{
    public static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    public static async Task<object?> RunAsync(string connectionString, string sql)
    {
        await using var connection = await OpenAsync(connectionString);
        return await RunAsync(connection, sql);
    }

    public static async Task<object?> RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Runs what must fail, and returns the SQLSTATE.</summary>
    public static async Task<string> RefusalAsync(string connectionString, string sql) =>
        (await Assert.ThrowsAsync<PostgresException>(() => RunAsync(connectionString, sql))).SqlState;
}
