using HardenedService.Platform.Preconditions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Invoices;

internal static class DeleteInvoice
{
    /// <summary>Deletes the invoice</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(Guid id, IfMatch expected, InvoicesDb db, CancellationToken cancel)
    {
        var deleted = await db.Invoices.Where(row => row.Id == id && expected.Versions.Contains(row.Version)).ExecuteDeleteAsync(cancel);

        return deleted == 0 ? await db.WhyUnchangedAsync(id, cancel) : TypedResults.NoContent();
    }
}
