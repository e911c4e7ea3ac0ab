using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FluentMigrator.Runner.Processors.Postgres;

internal sealed class ProcessorOptions
{
    public string? ConnectionString { get; set; }

    public TimeSpan? Timeout { get; set; }
}

/// <summary>One session for all migrations of a runner, opened by the first command.</summary>
internal sealed partial class PostgresProcessor(IOptions<ProcessorOptions> options, ILogger<PostgresProcessor> logger) : IDisposable
{
    private NpgsqlConnection? _connection;

    public void Dispose() => _connection?.Dispose();

    public void Transact(Action work)
    {
        using var transaction = Connection().BeginTransaction();
        work();
        transaction.Commit();
    }

    /// <summary>Sends SQL as one command. Several statements in it share an implicit transaction: it is not split.</summary>
    public void Execute(string sql, params IEnumerable<object?> parameters)
    {
        LogSql(logger, sql);
        using var command = Command(sql, parameters);
        try
        {
            command.ExecuteNonQuery();
        }
        catch (Exception error)
        {
#pragma warning disable CA2201, MA0012 // The genuine package throws this very type, and callers see no other.
            throw new Exception($"This SQL failed:{Environment.NewLine}{sql}{Environment.NewLine}The error was: {error.Message}", error);
#pragma warning restore CA2201, MA0012
        }
    }

    public bool Exists(string condition, string name)
    {
        using var command = Command($"select {condition}", [name]);
        return command.ExecuteScalar() is true;
    }

    public IReadOnlyList<long> ReadVersions(string sql)
    {
        using var command = Command(sql, []);
        using var reader = command.ExecuteReader();
        var versions = new List<long>();
        while (reader.Read())
        {
            versions.Add(reader.GetInt64(0));
        }

        return versions;
    }

    private NpgsqlCommand Command(string sql, IEnumerable<object?> parameters)
    {
        var command = new NpgsqlCommand(sql, Connection());
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter ?? DBNull.Value });
        }

        if (options.Value.Timeout is { } timeout)
        {
            command.CommandTimeout = (int)timeout.TotalSeconds;
        }

        return command;
    }

    private NpgsqlConnection Connection()
    {
        if (_connection is null)
        {
            var connection = new NpgsqlConnection(options.Value.ConnectionString);
            connection.Open();
            _connection = connection;
        }

        return _connection;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Sql}")]
    private static partial void LogSql(ILogger logger, string sql);
}
