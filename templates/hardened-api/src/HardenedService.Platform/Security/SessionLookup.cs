using System.Diagnostics;
using System.Threading.Channels;
using HardenedService.Platform.Data;
using HardenedService.Platform.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace HardenedService.Platform.Security;

/// <summary>
/// Finds the session of a token, in the database and nowhere else, on every request. Those who ask at the same time ride together: while
/// the statements of all lanes are under way, tokens gather, and all of them go into the next one. Who comes alone waits for nobody.
/// </summary>
internal sealed partial class SessionLookup : IAsyncDisposable
{
    /// <summary>A pool of its own: work that hogs the main one cannot keep people from being recognised.</summary>
    public const string Pool = "sessions";

    // What one statement is asked at most, so that its time stays bounded however many are waiting.
    private const int MaxBatch = 1000;

    private readonly Channel<Waiting> _waiting = Channel.CreateUnbounded<Waiting>();
    private readonly NpgsqlDataSource _database;
    private readonly TimeSpan _freshFor;
    private readonly TimeSpan _patience;
    private readonly bool _prepares;
    private readonly SessionMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Task _lanes;

    public SessionLookup(
        [FromKeyedServices(Pool)] NpgsqlDataSource database,
        IOptions<DatabaseOptions> databaseOptions,
        IOptions<SessionOptions> options,
        SessionMetrics metrics,
        ILogger<SessionLookup> logger)
    {
        _database = database;
        _freshFor = options.Value.FreshFor;
        _patience = databaseOptions.Value.ConnectTimeout + databaseOptions.Value.CommandTimeout;
        _prepares = !databaseOptions.Value.BehindPooler;
        _metrics = metrics;
        _logger = logger;

        // What a lane does for all is no part of the request that happened to start it.
        using (ExecutionContext.SuppressFlow())
        {
            _lanes = Task.WhenAll(Enumerable.Range(0, databaseOptions.Value.SessionPoolSize).Select(_ => Task.Run(RunLaneAsync)));
        }
    }

    /// <summary>The session of a token that looks like one of ours; null if there is none that is alive.</summary>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public async Task<Session?> FindAsync(string token, CancellationToken cancel)
    {
        using var stage = ServiceTraces.Stage("look up session");
        var waiting = new Waiting(OpaqueToken.Hash(token));
        await _waiting.Writer.WriteAsync(waiting, cancel);

        try
        {
            var session = await waiting.Answer.Task.WaitAsync(_patience, cancel);
            _metrics.Looked(session);

            return session;
        }
        catch (Exception exception)
        {
            if (exception is not OperationCanceledException)
            {
                _metrics.Failed();
            }

            // Nobody waits any more: the next batch goes without it.
            waiting.Answer.TrySetCanceled(CancellationToken.None);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _lanes;
    }

    // A lane is a connection at work.
    private async Task RunLaneAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync())
        {
            var batch = new List<Waiting>();

            while (batch.Count < MaxBatch && _waiting.Reader.TryRead(out var waiting))
            {
                if (!waiting.Answer.Task.IsCompleted)
                {
                    batch.Add(waiting);
                }
            }

            if (batch.Count > 0)
            {
                await AnswerAsync(batch);
            }
        }
    }

    private async Task AnswerAsync(List<Waiting> batch)
    {
        try
        {
            await using var connection = await _database.OpenConnectionAsync();
            var unseen = await FindAsync(connection, batch);

            if (unseen.Count > 0)
            {
                await TouchAsync(connection, unseen);
            }
        }
        catch (Exception exception)
        {
            // Theirs alone: the next batch tries anew.
            batch.ForEach(waiting => waiting.Answer.TrySetException(exception));
        }
    }

    /// <summary>Answers everyone in the batch, and returns the sessions whose use has to be noted.</summary>
    private async Task<List<Guid>> FindAsync(NpgsqlConnection connection, List<Waiting> batch)
    {
        var unseen = new List<Guid>();
        var began = Stopwatch.GetTimestamp();
        await using var command = new NpgsqlCommand(SessionQueries.Find, connection);
        command.Parameters.Add(new() { Value = batch.ConvertAll(waiting => waiting.TokenHash), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = _freshFor });

        await PrepareAsync(command);

        await using (var rows = await command.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync())
            {
                var session = SessionRow.Read(rows, first: 2);
                batch[(int)rows.GetInt64(0) - 1].Answer.TrySetResult(session);

                if (!rows.GetBoolean(1))
                {
                    unseen.Add(session.Id);
                }
            }
        }

        batch.ForEach(waiting => waiting.Answer.TrySetResult(null));
        _metrics.Took(Stopwatch.GetElapsedTime(began));

        return unseen;
    }

    // At most once a minute, after everyone has their answer, and apart from the requests' transactions.
    private async Task TouchAsync(NpgsqlConnection connection, List<Guid> sessions)
    {
        try
        {
            await using var command = new NpgsqlCommand(SessionQueries.Touch, connection) { Parameters = { new() { Value = sessions } } };
            await PrepareAsync(command);
            await command.ExecuteNonQueryAsync();
        }
        catch (NpgsqlException exception)
        {
            LogTouchFailed(exception);
        }
    }

    // Once for each physical connection. A pooler would let the next transaction meet one that knows nothing of it.
    private Task PrepareAsync(NpgsqlCommand command) => _prepares ? command.PrepareAsync() : Task.CompletedTask;

    [LoggerMessage(EventId = 1401, EventName = "SessionUseNotNoted", Level = LogLevel.Warning, Message = "The use of sessions could not be noted; they may end earlier than their idle time")]
    private partial void LogTouchFailed(Exception exception);

    private sealed record Waiting(byte[] TokenHash)
    {
        public TaskCompletionSource<Session?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
