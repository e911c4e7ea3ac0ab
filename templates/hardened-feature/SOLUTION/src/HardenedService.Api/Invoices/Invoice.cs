using HardenedService.Platform.Tenancy;

namespace HardenedService.Api.Invoices;

/// <summary>A row of <c>invoices.invoices</c>.</summary>
internal sealed class Invoice : ITenantOwned
{
    public required Guid Id { get; init; }

    public Guid OrganizationId { get; init; }

    public required string Title { get; init; }

    public DateTime CreatedAt { get; init; }

    public long Version { get; init; } = 1;
}
