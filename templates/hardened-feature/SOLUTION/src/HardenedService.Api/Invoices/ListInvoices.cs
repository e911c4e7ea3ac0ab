using HardenedService.Platform.Paging;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Invoices;

/// <summary>One page, the newest first.</summary>
/// <param name="Items">What is on it.</param>
/// <param name="NextCursor">Asks for the next page; null if this is the last.</param>
public sealed record InvoiceList(IReadOnlyList<InvoiceResponse> Items, string? NextCursor);

internal static class ListInvoices
{
    /// <summary>Lists the invoices</summary>
    public static async Task<Results<Ok<InvoiceList>, ProblemHttpResult>> Handle(
        [AsParameters] PageRequest page, Session session, Cursors cursors, InvoicesDb db, CancellationToken cancel)
    {
        string[] scope = ["invoices", $"{session.OrganizationId}", $"{session.UserId}"];

        if (!cursors.TryRead<Position>(page.Cursor, out var after, scope))
        {
            return Cursors.Refusal();
        }

        // Ids grow with time, so they are an order, too.
        var (rows, next) = await db.Invoices.AsNoTracking()
            .Where(row => after == null || row.Id < after.Id)
            .OrderByDescending(row => row.Id)
            .ReadPageAsync(page, last => cursors.Write(new Position(last.Id), scope), cancel);

        return TypedResults.Ok(new InvoiceList([.. rows.Select(InvoiceResponse.Of)], next));
    }

    private sealed record Position(Guid Id);
}
