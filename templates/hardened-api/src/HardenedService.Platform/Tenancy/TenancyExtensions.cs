using HardenedService.Platform.Errors;
using HardenedService.Platform.Privacy;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.Tenancy;

/// <summary>Organizations in the application and on the route table.</summary>
public static class TenancyExtensions
{
    /// <summary>
    /// Only someone whose session acts in an organization may call this; others get 403 <c>forbidden</c>. What the call reads and writes is
    /// that organization's.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder RequireMember<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.Guard(session => session.OrganizationId is not null, Problems.Forbidden);

    /// <summary>
    /// Only someone who holds the permission in the organization that the session acts in may call this; others get 403 <c>forbidden</c>.
    /// A role that is taken away is gone on the next request.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <param name="permission">The permission.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder endpoints, Permission permission)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(permission);

        return endpoints.Guard(permission.IsHeldBy, Problems.Forbidden).WithMetadata(permission);
    }

    internal static void AddTenancy(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<OrganizationStore>();
        builder.Services.AddSingleton<OrganizationWork>();
        builder.AddPersonalData<MembershipData>();
        builder.MapConstraint("members_account_id_fkey", Problems.Unauthenticated, "The account was deleted in the meantime.");
        builder.MapConstraint("sessions_member_fkey", Problems.Conflict, "The membership was changed in the meantime: try again.");
    }
}
