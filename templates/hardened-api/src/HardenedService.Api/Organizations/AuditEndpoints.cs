using HardenedService.Platform.Tenancy;

namespace HardenedService.Api.Organizations;

internal static class AuditEndpoints
{
    private static readonly Permission Read = new("audit.read", OrganizationRole.Admin);

    public static void MapAudit(this IEndpointRouteBuilder v1)
    {
        var audit = v1.MapGroup("/organization/audit").WithTags("Audit trail");

        audit.MapGet("/", ListAudit.Handle).RequirePermission(Read);
    }
}
