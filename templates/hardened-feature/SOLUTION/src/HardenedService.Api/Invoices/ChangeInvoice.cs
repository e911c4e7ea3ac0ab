using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Preconditions;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Invoices;

/// <summary>What can be changed of the invoice.</summary>
/// <param name="Title">What people call it from now on.</param>
public sealed record ChangeInvoiceRequest([property: Required, SingleLine(CreateInvoiceRequest.TitleLength)] string Title);

internal static class ChangeInvoice
{
    /// <summary>Changes the invoice</summary>
    public static async Task<Results<Ok<InvoiceResponse>, ProblemHttpResult>> Handle(
        Guid id, ChangeInvoiceRequest request, IfMatch expected, HttpResponse response, InvoicesDb db, CancellationToken cancel)
    {
        // The version in the WHERE clause is the lock: of two writers, one updates no row.
        var changed = await db.Invoices.Where(row => row.Id == id && expected.Versions.Contains(row.Version)).ExecuteUpdateAsync(
            set => set.SetProperty(row => row.Title, request.Title).SetProperty(row => row.Version, row => row.Version + 1), cancel);

        if (changed == 0)
        {
            return await db.WhyUnchangedAsync(id, cancel);
        }

        var row = await db.Invoices.AsNoTracking().SingleAsync(row => row.Id == id, cancel);
        ETag.Set(response, row.Version);

        return TypedResults.Ok(InvoiceResponse.Of(row));
    }
}
