using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Organizations;

internal static class ActivateOrganization
{
    /// <summary>Lets the session act in another of one's organizations</summary>
    /// <remarks>From the next request on; its token stays. One's other sessions go on where they are.</remarks>
    public static async Task<Results<Ok<SessionAnswer>, ProblemHttpResult>> Handle(
        Guid id, Session session, OrganizationStore organizations, CancellationToken cancel) =>
        await organizations.ActivateAsync(session, id, cancel) is { } active
            ? TypedResults.Ok(SessionAnswer.Of(active))
            : Problems.NotFound.Result();
}
