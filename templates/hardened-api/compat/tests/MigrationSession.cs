using FluentMigrator.Runner;
using FluentMigrator.Runner.VersionTableInfo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HardenedService.Tests.Compat;

/// <summary>A migration runner as Operations sets one up, and a look at what it did.</summary>
internal sealed class MigrationSession : IDisposable
{
    private readonly string _connectionString;
    private readonly ServiceProvider _services;
    private readonly IServiceScope _scope;

    public MigrationSession(string connectionString, MigrationAssembly assembly, IVersionTableMetaData? table = null)
    {
        _connectionString = connectionString;
        _services = new ServiceCollection()
            .AddFluentMigratorCore()
            .ConfigureRunner(runner => runner
                .AddPostgres15_0()
                .WithGlobalConnectionString(connectionString)
                .WithGlobalCommandTimeout(TimeSpan.FromSeconds(1))
                .WithVersionTable(table ?? new VersionTable())
                .ScanIn(assembly).For.Migrations().For.EmbeddedResources())
            .AddLogging(logging => logging.AddProvider(Log))
            .BuildServiceProvider(validateScopes: true);
        _scope = _services.CreateScope();
    }

    public MessageLog Log { get; } = new();

    public IMigrationRunner Runner => _scope.ServiceProvider.GetRequiredService<IMigrationRunner>();

    public IVersionLoader Versions => _scope.ServiceProvider.GetRequiredService<IVersionLoader>();

    public void Dispose()
    {
        _scope.Dispose();
        _services.Dispose();
    }

    /// <summary>Reads one value, over a connection apart from the runner's.</summary>
    public async Task<T> ReadAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public Task<bool> ExistsAsync(string table) => ReadAsync<bool>($"select to_regclass('{table}') is not null");

    public async Task<IEnumerable<long>> AppliedAsync() =>
        await ReadAsync<long[]>("select coalesce(array_agg(version order by version), '{}') from history.applied");

    internal sealed record VersionTable(bool OwnsSchema = true, bool CreateWithPrimaryKey = false) : IVersionTableMetaData
    {
        public string SchemaName => "history";

        public string TableName => "applied";

        public string ColumnName => "version";

        public string DescriptionColumnName => "description";

        public string UniqueIndexName => "applied_version_key";

        public string AppliedOnColumnName => "applied_on";
    }

    internal sealed class MessageLog : ILoggerProvider, ILogger
    {
        public List<string> Messages { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Messages.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
