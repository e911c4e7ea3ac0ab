using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace HardenedService.Api.Organizations;

/// <summary>An organization as one of its members sees it.</summary>
/// <param name="Id">The organization.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Role">What one is there.</param>
/// <param name="CreatedAt">When it was founded.</param>
/// <param name="Current">Whether the session of this request acts in it.</param>
public sealed record OrganizationItem(Guid Id, string Name, OrganizationRole Role, DateTime CreatedAt, bool Current);

/// <summary>
/// The organizations that somebody belongs to, as far as the transaction's scope shows them: all of them in no organization, and otherwise
/// that one.
/// </summary>
internal sealed class OwnOrganizations(NpgsqlConnection connection)
{
    /// <summary>The most that one person founds or joins.</summary>
    public const int Most = 100;

    /// <summary>Reads them, the one joined first ahead.</summary>
    public async Task<IReadOnlyList<OrganizationItem>> ReadAsync(Session session, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select o.id, o.name, m.role, o.created_at
            from tenancy.members m
            join tenancy.organizations o on o.id = m.organization_id
            where m.account_id = $1
            order by m.created_at, m.organization_id
            """,
            connection);
        command.Parameters.Add(new() { Value = session.UserId });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var items = new List<OrganizationItem>();

        while (await rows.ReadAsync(cancel))
        {
            items.Add(new(rows.GetGuid(0), rows.GetString(1), rows.GetEnum<OrganizationRole>(2), rows.GetDateTime(3), Current: rows.GetGuid(0) == session.OrganizationId));
        }

        return items;
    }

    public static ProblemHttpResult TooMany() => Problems.Conflict.Result($"Nobody belongs to more than {Most} organizations: leave one first.");
}
