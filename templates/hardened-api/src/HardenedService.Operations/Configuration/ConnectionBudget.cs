using System.Globalization;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Data;
using HardenedService.Platform.Health;

namespace HardenedService.Operations.Configuration;

/// <summary>What the replicas and the console may open together, and whether the server has room for it.</summary>
internal sealed class ConnectionBudget(int replicas, DatabaseOptions options, ServerRoom room)
{
    // A migration has its lock, its session and a look at half-built indexes; a backup has a look at the database, and pg_dump.
    private const int Console = 5;

    private readonly int _main = DatabasePool.Settings(options).MaxPoolSize;

    /// <summary>The sum, as a person would write it down.</summary>
    public string Sum => room.IsPooled
        ? Line($"{replicas} replicas x {PerReplica} ({Pools}) and one more during a rollout: {Replicas} connections for the pooler's max_client_conn. ")
            + "Those that it opens itself count on the server: max_connections is its to keep."
        : Line($"{replicas} replicas x {PerReplica} ({Pools}) = {replicas * PerReplica}, one more during a rollout {PerReplica}, a migration and a backup {Console}, ")
            + Line($"other databases at this moment {room.Others}: together {All} of {room.Available} (max_connections {room.Most} less {room.Reserved} reserved).");

    /// <summary>What does not fit.</summary>
    public IEnumerable<SettingFault> Faults => room.IsPooled == options.BehindPooler
        ? room.IsPooled ? PoolerFaults() : RoomFaults()
        : [new("Database:BehindPooler", room.IsPooled
            ? "must be true: this connection goes through a pooler, where what is prepared, or set for the session, meets strangers."
            : "must be false: no pooler is in between, so that nobody sets statement_timeout.")];

    private int PerReplica => _main + options.SessionPoolSize + HealthExtensions.PoolSize;

    private int Replicas => (replicas + 1) * PerReplica;

    private int All => Replicas + Console + room.Others;

    private string Pools => Line($"requests and workers {_main}, sessions {options.SessionPoolSize}, health {HealthExtensions.PoolSize}");

    private IEnumerable<SettingFault> PoolerFaults()
    {
        if (room.StatementTimeout == TimeSpan.Zero)
        {
            yield return new("Database:BehindPooler", Line(
                $"leaves it to the pooler to limit statements, which it does not: PgBouncer's connect_query = 'set statement_timeout = {DatabasePool.ServerLimit(DatabasePool.Settings(options).CommandTimeout)}'."));
        }
    }

    private IEnumerable<SettingFault> RoomFaults()
    {
        if (All > room.Available)
        {
            var fits = ((room.Available - Console - room.Others) / (replicas + 1)) - options.SessionPoolSize - HealthExtensions.PoolSize;
            yield return new("Database:PoolSize", $"is too large for the server. {Sum} "
                + (fits > 0 ? Line($"{fits} would fit; or raise max_connections.") : "No size fits: raise max_connections, or put a pooler in between."));
        }

        if (room.RoleLimit >= 0 && Replicas > room.RoleLimit)
        {
            yield return new("Database:PoolSize", Line($"is too large for the role's connection limit of {room.RoleLimit}: {replicas} replicas x {PerReplica}, and one more during a rollout, are {Replicas}."));
        }

        if (room.DatabaseLimit >= 0 && Replicas + Console > room.DatabaseLimit)
        {
            yield return new("Database:PoolSize", Line($"is too large for the database's connection limit of {room.DatabaseLimit}: replicas {Replicas}, a migration and a backup {Console}."));
        }
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
