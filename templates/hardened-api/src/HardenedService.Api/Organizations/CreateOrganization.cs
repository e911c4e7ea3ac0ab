using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Organizations;

/// <summary>Founds an organization.</summary>
/// <param name="Name">What it is called.</param>
public sealed record CreateOrganizationRequest([property: Required, SingleLine(100)] string Name);

internal static class CreateOrganization
{
    /// <summary>Founds an organization</summary>
    /// <remarks>Whoever founds it owns it. The session goes on in the organization that it acts in, until this one is activated.</remarks>
    public static async Task<Results<Created<OrganizationItem>, ProblemHttpResult>> Handle(
        CreateOrganizationRequest request,
        Session session,
        SessionStore sessions,
        OrganizationStore store,
        OwnOrganizations organizations,
        UnitOfWork work,
        CancellationToken cancel)
    {
        // Locks the account: of many at once, each is counted before the next.
        if (await sessions.HoldAsync(session.UserId, session.Id, cancel) is null)
        {
            return Problems.Unauthenticated.Result();
        }

        await work.ActInAsync(organizationId: null, cancel);

        if ((await organizations.ReadAsync(session, cancel)).Count >= OwnOrganizations.Most)
        {
            return OwnOrganizations.TooMany();
        }

        await store.FoundAsync(request.Name, session.UserId, cancel);
        var founded = (await organizations.ReadAsync(session, cancel)).Single();

        return TypedResults.Created("/v1/organizations", founded);
    }
}
