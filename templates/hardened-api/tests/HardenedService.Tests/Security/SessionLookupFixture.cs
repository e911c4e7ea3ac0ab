using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using HardenedService.Platform.Data;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Tests.Security;

/// <summary>A database with sessions, which can be made to keep every look-up waiting.</summary>
public sealed class SessionLookupFixture(PostgresServer postgres) : IAsyncLifetime
{
    public const int Lanes = 2;
    public const int Tokens = 200;

    private static readonly Guid Account = Guid.CreateVersion7();

    public TestDatabase Database { get; private set; } = null!;

    public static string TokenOf(int n) => OpaqueToken.SessionPrefix + Convert.ToBase64String(SHA256.HashData(BitConverter.GetBytes(n)))[..43].Replace('+', '-').Replace('/', '_');

    public static Guid? IdOf(int n) => new(SHA256.HashData(Encoding.ASCII.GetBytes(TokenOf(n))).AsSpan(0, 16));

    public async ValueTask InitializeAsync()
    {
        Database = await postgres.CreateDatabaseAsync();
        await using var connection = await Sql.OpenAsync(Database.AdminConnectionString);
        await Sql.RunAsync(
            connection,
            $"""
            insert into identity.accounts (id, email, normalized_email, password_hash, security_stamp, concurrency_stamp)
            values ('{Account}', 'someone@example.org', 'SOMEONE@EXAMPLE.ORG', '', '', '')
            """);

        for (var n = 0; n < Tokens; n += 2)
        {
            await using var command = new NpgsqlCommand(
                """
                insert into identity.sessions (id, token_hash, account_id, epoch, transport, assurance, idle_timeout, expires_at)
                values ($1, $2, $3, 0, 'bearer', 'password', interval '1 hour', now() + interval '1 hour')
                """,
                connection);
            command.Parameters.Add(new() { Value = IdOf(n)! });
            command.Parameters.Add(new() { Value = OpaqueToken.Hash(TokenOf(n)) });
            command.Parameters.Add(new() { Value = Account });
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Look-ups with a patience of twice the timeout.</summary>
    internal CountedLookup NewLookup(double seconds = 60) => new(Database.AppConnectionString, Lanes, TimeSpan.FromSeconds(seconds));

    internal async Task<Hold> HoldAsync()
    {
        var connection = await Sql.OpenAsync(Database.AdminConnectionString);
        var transaction = await connection.BeginTransactionAsync();
        await Sql.RunAsync(connection, "lock table identity.session_epochs in access exclusive mode");

        return new Hold(connection, transaction);
    }

    /// <summary>Gives each lane a look-up that waits: what is asked for from now on gathers.</summary>
    internal async Task<List<Task<Session?>>> OccupyAsync(SessionLookup lookup)
    {
        var answers = new List<Task<Session?>>();

        for (var lane = 1; lane <= Lanes; lane++)
        {
            answers.Add(lookup.FindAsync(TokenOf(0), CancellationToken.None));
            await Eventually.HoldsAsync(
                async () => (long)(await Sql.RunAsync(Database.AdminConnectionString, $"select count(*) {Blocked}"))! == lane, $"{lane} statements that wait");
        }

        return answers;
    }

    internal Task TerminateBlockedAsync() => Sql.RunAsync(Database.AdminConnectionString, $"select count(pg_terminate_backend(pid)) {Blocked}");

    internal Task TerminateAsync(string application) => Sql.RunAsync(
        Database.AdminConnectionString, $"select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where application_name = '{application}'");

    public ValueTask DisposeAsync() => Database.DisposeAsync();

    private const string Blocked = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%unnest%'";
}

/// <summary>A lock that every look-up waits for.</summary>
internal sealed class Hold(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
{
    public Task ReleaseAsync() => transaction.RollbackAsync();

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}

/// <summary>A lookup of its own, which counts its statements.</summary>
internal sealed class CountedLookup : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;
    private readonly Counter _counter = new();
    private readonly ILoggerFactory _loggers;
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public CountedLookup(string connectionString, int lanes, TimeSpan timeout)
    {
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(_counter));
        _database = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = lanes, ApplicationName = Name }.ConnectionString)
            .UseLoggerFactory(_loggers)
            .Build();
        Value = new SessionLookup(
            _database,
            Options.Create(new DatabaseOptions { SessionPoolSize = lanes, ConnectTimeout = timeout, CommandTimeout = timeout }),
            Options.Create(new SessionOptions()),
            new SessionMetrics(_meters.GetRequiredService<IMeterFactory>()),
            NullLogger<SessionLookup>.Instance);
    }

    public string Name { get; } = $"{Guid.NewGuid()}";

    public SessionLookup Value { get; }

    /// <summary>How many look-ups were sent.</summary>
    public int Statements => _counter.Statements;

    public async ValueTask DisposeAsync()
    {
        await Value.DisposeAsync();
        await _database.DisposeAsync();
        _loggers.Dispose();
        await _meters.DisposeAsync();
    }

    private sealed class Counter : ILoggerProvider, ILogger
    {
        private int _statements;

        public int Statements => _statements;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception) is var message && message.StartsWith("Command execution completed", StringComparison.Ordinal) && message.Contains("unnest", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _statements);
            }
        }

        public void Dispose()
        {
        }
    }
}
