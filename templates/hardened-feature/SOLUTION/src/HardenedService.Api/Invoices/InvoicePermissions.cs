using HardenedService.Platform.Tenancy;

namespace HardenedService.Api.Invoices;

/// <summary>What not every member may do.</summary>
internal static class InvoicePermissions
{
    /// <summary>Delete what others rely on.</summary>
    public static readonly Permission Delete = new("invoices.delete", OrganizationRole.Admin);
}
