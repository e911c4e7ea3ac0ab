using HardenedService.Platform.Data;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Organizations;

/// <summary>One's own organizations, the one joined first ahead.</summary>
/// <param name="Items">The organizations.</param>
public sealed record OrganizationList(IReadOnlyList<OrganizationItem> Items);

internal static class ListOrganizations
{
    /// <summary>Lists the organizations that one belongs to</summary>
    public static async Task<Ok<OrganizationList>> Handle(Session session, OwnOrganizations organizations, UnitOfWork work, CancellationToken cancel)
    {
        await work.ActInAsync(organizationId: null, cancel);

        return TypedResults.Ok(new OrganizationList(await organizations.ReadAsync(session, cancel)));
    }
}
