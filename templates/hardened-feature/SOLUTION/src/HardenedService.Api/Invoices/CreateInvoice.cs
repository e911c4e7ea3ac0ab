using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Preconditions;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Invoices;

/// <summary>What it takes to create the invoice.</summary>
/// <param name="Title">What people call it.</param>
public sealed record CreateInvoiceRequest([property: Required, SingleLine(CreateInvoiceRequest.TitleLength)] string Title)
{
    internal const int TitleLength = 100;
}

internal static class CreateInvoice
{
    /// <summary>Creates the invoice</summary>
    public static async Task<Created<InvoiceResponse>> Handle(
        CreateInvoiceRequest request, HttpResponse response, InvoicesDb db, CancellationToken cancel)
    {
        var row = new Invoice { Id = Guid.CreateVersion7(), Title = request.Title };
        db.Invoices.Add(row);
        await db.SaveChangesAsync(cancel);

        ETag.Set(response, row.Version);

        return TypedResults.Created($"/v1/invoices/{row.Id}", InvoiceResponse.Of(row));
    }
}
