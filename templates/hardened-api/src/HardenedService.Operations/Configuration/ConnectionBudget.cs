using System.Globalization;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Data;
using HardenedService.Platform.Health;
using Npgsql;

namespace HardenedService.Operations.Configuration;

/// <summary>What the replicas and the console may open together, and whether the server has room for it.</summary>
internal sealed class ConnectionBudget(int replicas, DatabaseOptions options, ServerRoom room)
{
    // One that starts before another is told to stop, and one that was told and has not ended. No more, with Kubernetes' maxSurge at 1 and minReadySeconds
    // no shorter than an end may take.
    private const int RolloutReplicas = 2;

    // A migration has its lock, its session and a look at half-built indexes; a backup has a look at the database, and pg_dump.
    private const int ConsoleConnections = 5;

    private readonly NpgsqlConnectionStringBuilder _settings = DatabasePool.Settings(options);

    /// <summary>The sum, as a person would write it down.</summary>
    public string Sum => room.IsPooled
        ? Line($"{replicas} replicas x {PerReplica} ({Pools}) and {RolloutReplicas} more during a rollout: {Replicas} connections for the pooler's max_client_conn. ")
            + "Those that it opens itself count on the server: max_connections is its to keep."
        : Line($"{replicas} replicas x {PerReplica} ({Pools}) = {replicas * PerReplica}, {RolloutReplicas} more during a rollout {RolloutReplicas * PerReplica}, a migration and a backup {ConsoleConnections}, ")
            + Line($"others at this moment {room.Others}: together {All} of {room.Available} (max_connections {room.Most} less {room.Reserved} reserved).");

    /// <summary>What does not fit.</summary>
    public IEnumerable<SettingFault> Faults => room.IsPooled == options.BehindPooler
        ? room.IsPooled ? PoolerFaults() : RoomFaults()
        : [new("Database:BehindPooler", room.IsPooled
            ? "must be true: this connection goes through a pooler, where what is prepared, or set for the session, meets strangers."
            : "must be false: no pooler is in between, so that nobody sets statement_timeout.")];

    private int PerReplica => _settings.MaxPoolSize + options.SessionPoolSize + HealthExtensions.PoolSize;

    private int Replicas => (replicas + RolloutReplicas) * PerReplica;

    private int All => Replicas + ConsoleConnections + room.Others;

    private string Pools => Line($"requests and workers {_settings.MaxPoolSize}, sessions {options.SessionPoolSize}, health {HealthExtensions.PoolSize}");

    private IEnumerable<SettingFault> PoolerFaults()
    {
        if (room.StatementTimeout == TimeSpan.Zero || room.StatementTimeout > TimeSpan.FromSeconds(_settings.CommandTimeout))
        {
            yield return new("Database:BehindPooler", Line(
                $"leaves it to the pooler to limit statements, which it does {(room.StatementTimeout == TimeSpan.Zero ? "not" : "too late")}: PgBouncer's connect_query = 'set statement_timeout = {DatabasePool.ServerLimit(_settings.CommandTimeout)}'."));
        }
    }

    private IEnumerable<SettingFault> RoomFaults()
    {
        if (All > room.Available)
        {
            var fits = ((room.Available - ConsoleConnections - room.Others) / (replicas + RolloutReplicas)) - options.SessionPoolSize - HealthExtensions.PoolSize;
            yield return TooLarge($"the server. {Sum} "
                + (fits > 0 ? Line($"{fits} would fit; or raise max_connections.") : "No size fits: raise max_connections, or put a pooler in between."));
        }

        if (room.RoleLimit >= 0 && Replicas > room.RoleLimit)
        {
            yield return TooLarge(Line($"the role's connection limit of {room.RoleLimit}: {replicas} replicas x {PerReplica}, and {RolloutReplicas} more during a rollout, are {Replicas}."));
        }

        if (room.DatabaseLimit >= 0 && Replicas + ConsoleConnections > room.DatabaseLimit)
        {
            yield return TooLarge(Line($"the database's connection limit of {room.DatabaseLimit}: replicas {Replicas}, a migration and a backup {ConsoleConnections}."));
        }
    }

    // By the setting that counts: the connection string wins.
    private SettingFault TooLarge(string what) => new NpgsqlConnectionStringBuilder(options.ConnectionString).ShouldSerialize("Maximum Pool Size")
        ? new("Database:ConnectionString", $"has a Maximum Pool Size that is too large for {what}")
        : new("Database:PoolSize", $"is too large for {what}");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
