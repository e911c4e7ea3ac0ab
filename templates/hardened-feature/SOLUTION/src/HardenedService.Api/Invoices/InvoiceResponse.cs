namespace HardenedService.Api.Invoices;

/// <summary>What is known of the invoice.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Title">What people call it.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="Version">How often it was changed, from 1; in quotes, it is the ETag.</param>
public sealed record InvoiceResponse(Guid Id, string Title, DateTime CreatedAt, long Version)
{
    internal static InvoiceResponse Of(Invoice row) => new(row.Id, row.Title, row.CreatedAt, row.Version);
}
