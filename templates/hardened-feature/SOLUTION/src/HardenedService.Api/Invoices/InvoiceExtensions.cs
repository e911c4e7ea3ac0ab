using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;

namespace HardenedService.Api.Invoices;

internal static class InvoiceExtensions
{
    public static void AddInvoices(this WebApplicationBuilder builder)
    {
        builder.AddDbContext<InvoicesDb>();
        builder.MapConstraint("invoices_organization_id_fkey", Problems.Conflict, "The organization was deleted in the meantime.");
        builder.MapConstraint("invoices_title_length_check", "title", "This has 1 to 100 characters.");
    }
}
