using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Security;
using Npgsql;

namespace HardenedService.Platform.Tenancy;

/// <summary>Founds organizations, and moves sessions between them, in the request's transaction. Both are audited.</summary>
/// <param name="connection">The request's connection.</param>
/// <param name="work">The transaction on it, without which nothing here works.</param>
/// <param name="audit">Told of both.</param>
public sealed class OrganizationStore(NpgsqlConnection connection, UnitOfWork work, AuditTrail audit)
{
    /// <summary>The name of the organization that everyone gets with their account.</summary>
    public const string OwnName = "Personal";

    /// <summary>Founds an organization. From here to its end, the transaction acts in it.</summary>
    /// <param name="name">Its name, 1 to 100 characters.</param>
    /// <param name="ownerId">The account that owns it.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The organization's id.</returns>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task<Guid> FoundAsync(string name, Guid ownerId, CancellationToken cancel)
    {
        var id = Guid.CreateVersion7();
        await work.ActInAsync(id, cancel);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("insert into tenancy.organizations (id, name) values ($1, $2)") { Parameters = { new() { Value = id }, new() { Value = name } } },
                new("insert into tenancy.members (account_id, role) values ($1, 'owner')") { Parameters = { new() { Value = ownerId } } },
            },
        };
        await batch.ExecuteNonQueryAsync(cancel);
        await audit.WriteAsync(new(AuditActions.OrganizationFounded, id) { ActorId = ownerId }, cancel);

        return id;
    }

    /// <summary>
    /// Makes a session act in another organization of its person, from the next request on; and the transaction from here to its end.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="organizationId">The organization.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The session as it is now; null if the person does not belong there.</returns>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task<Session?> ActivateAsync(Session session, Guid organizationId, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(session);
        await work.ActInAsync(organizationId: null, cancel);
        await using var command = new NpgsqlCommand(
            """
            update identity.sessions s
            set organization_id = m.organization_id,
                organization_role = m.role
            from tenancy.members m
            where s.id = $1
              and m.account_id = s.account_id
              and m.organization_id = $2
            returning s.organization_role
            """,
            connection);
        command.Parameters.Add(new() { Value = session.Id });
        command.Parameters.Add(new() { Value = organizationId });

        if (await command.ExecuteScalarAsync(cancel) is not string role)
        {
            return null;
        }

        await work.ActInAsync(organizationId, cancel);
        await audit.WriteAsync(new(AuditActions.OrganizationActivated, organizationId) { Session = session }, cancel);

        return session with { OrganizationId = organizationId, Role = EnumColumns.Value<OrganizationRole>(role) };
    }
}
