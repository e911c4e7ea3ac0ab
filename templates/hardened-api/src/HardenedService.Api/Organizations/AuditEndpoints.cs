using HardenedService.Platform.Tenancy;

namespace HardenedService.Api.Organizations;

internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder v1) =>
        v1.MapGroup("/organization/audit").WithTags("Audit trail").MapGet("/", ListAudit.Handle).RequirePermission(OrganizationPermissions.ReadAudit);
}
