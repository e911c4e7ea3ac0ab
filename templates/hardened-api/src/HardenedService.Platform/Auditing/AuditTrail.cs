using System.Diagnostics;
using HardenedService.Platform.Data;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Npgsql;
using NpgsqlTypes;

namespace HardenedService.Platform.Auditing;

/// <summary>
/// Writes down who did what. Who, in which organization and session, where from and in which trace, it takes from the request. What it
/// writes is sealed into the chain afterwards (<see cref="AuditSealer"/>), for which nobody waits.
/// </summary>
public sealed class AuditTrail
{
    // As accounts have their addresses.
    private static readonly UpperInvariantLookupNormalizer Normalizer = new();

    // One statement, and one text for every record: what it costs does not tell what it says.
    private const string Insert =
        """
        with record as (
          insert into audit.records (id, organization_id, action, outcome, actor_kind, actor_id, subject_id, session_id, trace_id)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ), details as (
          insert into audit.details (record_id, organization_id, ip, email, normalized_email, user_agent)
          values ($1, $2, $10, $11, $12, $13)
        )
        insert into audit.pending (record_id)
        values ($1)
        """;

    private readonly NpgsqlConnection _connection;
    private readonly UnitOfWork _work;
    private readonly NpgsqlDataSource _database;
    private readonly IHttpContextAccessor _requests;
    private readonly AuditMetrics _metrics;

    // What outlives the request's transaction goes by the main pool.
    internal AuditTrail(
        NpgsqlConnection connection, UnitOfWork work, NpgsqlDataSource database, IHttpContextAccessor requests, AuditMetrics metrics)
    {
        _connection = connection;
        _work = work;
        _database = database;
        _requests = requests;
        _metrics = metrics;
    }

    /// <summary>Adds a record to the transaction at hand: it stands or falls with what it tells of.</summary>
    /// <param name="entry">What it says.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when the record is written, and stays only if the transaction commits.</returns>
    /// <exception cref="InvalidOperationException">
    /// There is no transaction to belong to; or it acts in no organization, and the action is one that is done in one.
    /// </exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task WriteAsync(AuditEntry entry, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(entry);

        if (!_work.IsOpen)
        {
            throw new InvalidOperationException("A record belongs to a transaction: begin one on the UnitOfWork first. A refusal is written apart.");
        }

        await using var command = new NpgsqlCommand(Insert, _connection);
        Fill(command, entry, OrganizationOf(entry.Action));
        await command.ExecuteNonQueryAsync(cancel);
        _work.OnCommitted(() => _metrics.Written(entry));
    }

    /// <summary>
    /// Records that something about an account was refused, and commits that at once: the transaction of what was tried has been rolled back,
    /// or never began.
    /// </summary>
    /// <param name="entry">What it says; its outcome is <see cref="AuditOutcome.Refused"/>.</param>
    /// <returns>A task that ends when the record is there to stay.</returns>
    /// <exception cref="InvalidOperationException">
    /// A transaction is still open: of requests that hold one connection and wait for a second, a few would use the pool up.
    /// </exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public Task WriteApartAsync(AuditEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);

        return InsertApartAsync(entry with { Outcome = AuditOutcome.Refused });
    }

    /// <summary>Records that something of an account was read, once its transaction has ended, in which nothing could be written.</summary>
    internal Task WriteAfterAsync(AuditEntry entry) => InsertApartAsync(entry);

    private async Task InsertApartAsync(AuditEntry entry)
    {
        if (_work.IsOpen)
        {
            throw new InvalidOperationException("Dispose the transaction of what was tried first.");
        }

        await using var command = _database.CreateCommand(Insert);
        Fill(command, entry, organizationId: null);

        // Not cancellable: whoever tries and leaves in a hurry has tried all the same.
        await command.ExecuteNonQueryAsync(CancellationToken.None);
        _metrics.Written(entry);
    }

    private Guid? OrganizationOf(AuditAction action) =>
        !action.IsOfOrganization ? null
        : _work.Entered.OrganizationId ?? throw new InvalidOperationException($"{action.Name} is done in an organization, and the transaction acts in none.");

    private void Fill(NpgsqlCommand command, AuditEntry entry, Guid? organizationId)
    {
        var request = _requests.HttpContext;
        var session = entry.Session ?? request?.Features.Get<Session>();
        var actorId = entry.ActorId ?? session?.UserId;

        // A mailed link that is followed in somebody else's session is not followed by them.
        session = session?.UserId == actorId ? session : null;
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        Add(organizationId, NpgsqlDbType.Uuid);
        Add(entry.Action.Name, NpgsqlDbType.Text);
        Add(EnumColumns.Name(entry.Outcome), NpgsqlDbType.Text);
        Add(actorId is null ? "nobody" : "account", NpgsqlDbType.Text);
        Add(actorId, NpgsqlDbType.Uuid);
        Add(entry.SubjectId, NpgsqlDbType.Uuid);
        Add(session?.Id, NpgsqlDbType.Uuid);
        Add(Activity.Current?.TraceId.ToHexString(), NpgsqlDbType.Text);
        Add(request?.Connection.Address(), NpgsqlDbType.Inet);
        Add(entry.Email, NpgsqlDbType.Text);
        Add(Normalizer.NormalizeEmail(entry.Email), NpgsqlDbType.Text);
        Add(request is null ? null : SessionClient.Of(request, SessionTransport.Bearer).UserAgent, NpgsqlDbType.Text);

        void Add(object? value, NpgsqlDbType type) => command.Parameters.Add(new() { Value = value ?? DBNull.Value, NpgsqlDbType = type });
    }
}
