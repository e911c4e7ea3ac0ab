using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace HardenedService.Api.Organizations;

/// <summary>A membership that nobody else changes until the commit.</summary>
/// <param name="Actor">The session of this request, with the role that its person has now; with none if they were removed.</param>
/// <param name="Role">The role of the membership; null if there is none.</param>
/// <param name="IsLastOwner">Whether it is the only owner's.</param>
internal sealed record HeldMembership(Session Actor, OrganizationRole? Role, bool IsLastOwner)
{
    /// <summary>Whether the actor may give this role to others, or take it from them.</summary>
    public bool IsTheirsToManage(OrganizationRole role) => OrganizationPermissions.ToManage(role).IsHeldBy(Actor);
}

/// <summary>The memberships of the transaction's organization.</summary>
internal sealed class Memberships(NpgsqlConnection connection)
{
    /// <summary>
    /// Makes changes to who belongs to the organization queue up until the commit, then looks: who may do what was true when the request
    /// came, and is decided on what is true now.
    /// </summary>
    /// <param name="session">Whoever asks for the change.</param>
    /// <param name="userId">Whose membership it is about.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<HeldMembership> HoldAsync(Session session, Guid userId, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                // First and by itself: what the next statement sees is what there is once the lock is ours.
                new("select 1 from tenancy.organizations for no key update"),
                new(
                    """
                    select
                      (select role from tenancy.members where account_id = $1),
                      (select role from tenancy.members where account_id = $2),
                      exists (select from tenancy.members where role = 'owner' and account_id <> $2)
                    """)
                {
                    Parameters = { new() { Value = session.UserId }, new() { Value = userId } },
                },
            },
        };
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        await rows.NextResultAsync(cancel);
        await rows.ReadAsync(cancel);
        var role = Role(1);

        return new(session with { Role = Role(0) }, role, IsLastOwner: role == OrganizationRole.Owner && !rows.GetBoolean(2));

        OrganizationRole? Role(int column) => rows.IsDBNull(column) ? null : rows.GetEnum<OrganizationRole>(column);
    }

    public static ProblemHttpResult LastOwner() =>
        Problems.Conflict.Result("This is the organization's only owner: make somebody else an owner first.");
}
