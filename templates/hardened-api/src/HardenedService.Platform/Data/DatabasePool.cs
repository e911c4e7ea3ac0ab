using System.Diagnostics;
using System.Globalization;
using HardenedService.Platform.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.Data;

/// <summary>
/// A pool of connections that gives up in time: a database that is frozen, or gone, costs a request the command timeout and the
/// connect timeout together, since Npgsql tries to cancel over a second connection what took too long.
/// </summary>
internal static class DatabasePool
{
    // Of a server that took the request to cancel, milliseconds until it has to answer. Then the connection is given up.
    private const int CancellationTimeout = 500;

    /// <param name="services">The application's services.</param>
    /// <param name="name">The pool's name, in metrics.</param>
    /// <param name="size">How many connections, if not as many as the connection string says.</param>
    /// <param name="limit">How long to wait for a connection and for a statement, if not as long as the settings say.</param>
    public static NpgsqlDataSource Build(IServiceProvider services, string name, int? size = null, TimeSpan? limit = null)
    {
        var options = services.GetRequiredService<IOptions<DatabaseOptions>>().Value;
        var connection = Settings(limit is { } time ? options with { ConnectTimeout = time, CommandTimeout = time } : options);
        connection.MaxPoolSize = size ?? connection.MaxPoolSize;

        // One string for all pools: what it keeps open at least would be too much for the small ones.
        connection.MinPoolSize = Math.Min(connection.MinPoolSize, connection.MaxPoolSize);
        ReserveThreads(Connections(options) + HealthExtensions.PoolSize);

        return new NpgsqlDataSourceBuilder(connection.ConnectionString) { Name = name }
            .UseLoggerFactory(services.GetRequiredService<ILoggerFactory>())
            .ConfigureTracing(Trace)
            .Build();
    }

    /// <summary>The connection string with our size and timeouts in it, where it does not set its own.</summary>
    internal static NpgsqlConnectionStringBuilder Settings(DatabaseOptions options)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.ConnectionString);

        SetDefault(connection, "Maximum Pool Size", options.PoolSize);
        SetDefault(connection, "Timeout", Seconds(options.ConnectTimeout));
        SetDefault(connection, "Command Timeout", Seconds(options.CommandTimeout));
        SetDefault(connection, "Cancellation Timeout", CancellationTimeout);

        // Tried first otherwise, before TLS: one more wait for a server that does not answer.
        SetDefault(connection, "GSS Encryption Mode", GssEncryptionMode.Disable);

        if (options.BehindPooler)
        {
            // The session that would be reset, or told of a limit, is another one with the next transaction.
            connection.NoResetOnClose = true;
            return connection;
        }

        // The first of two settings loses: what the connection string says itself comes after.
        var limit = ServerLimit(connection.CommandTimeout);
        connection.Options = string.Create(CultureInfo.InvariantCulture, $"-c statement_timeout={limit} {connection.Options}").TrimEnd();

        return connection;
    }

    /// <summary>How many connections the pools have together.</summary>
    internal static int Connections(DatabaseOptions options) => Settings(options).MaxPoolSize + options.SessionPoolSize;

    /// <summary>
    /// The server's limit on a statement, in milliseconds: a little earlier than ours, in seconds, so that as a rule it is the server that
    /// ends a slow statement, and the connection stays usable.
    /// </summary>
    internal static int ServerLimit(int commandTimeout) => (int)(commandTimeout * 900L);

    /// <summary>Whole seconds, as Npgsql counts them.</summary>
    internal static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);

    // Statements of a request or a delivery. Workers look at the database all the time: each look would be a trace of one span.
    private static void Trace(NpgsqlTracingOptionsBuilder tracing) => tracing
        .ConfigureCommandFilter(_ => Activity.Current is not null)
        .ConfigureBatchFilter(_ => Activity.Current is not null)
        .ConfigureCopyOperationFilter(_ => Activity.Current is not null)
        .EnableFirstResponseEvent(false)
        .EnablePhysicalOpenTracing(false);

    private static void SetDefault(NpgsqlConnectionStringBuilder connection, string keyword, object value)
    {
        if (!connection.ShouldSerialize(keyword))
        {
            connection[keyword] = value;
        }
    }

    // While Npgsql tries to cancel, it blocks the thread. Without one for every connection, the few that a small machine starts with would
    // all wait on a frozen database, and nobody would be left to answer.
    private static void ReserveThreads(int count)
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + count), completions);
    }
}
