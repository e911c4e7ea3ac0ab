using HardenedService.Platform.Errors;
using HardenedService.Platform.Preconditions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Invoices;

internal static class GetInvoice
{
    /// <summary>Shows the invoice</summary>
    public static async Task<Results<Ok<InvoiceResponse>, ProblemHttpResult>> Handle(
        Guid id, HttpResponse response, InvoicesDb db, CancellationToken cancel)
    {
        if (await db.Invoices.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancel) is not { } found)
        {
            return Problems.NotFound.Result();
        }

        ETag.Set(response, found.Version);

        return TypedResults.Ok(InvoiceResponse.Of(found));
    }
}
