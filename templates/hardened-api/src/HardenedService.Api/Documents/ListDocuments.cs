using HardenedService.Platform.Paging;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Documents;

/// <summary>Documents, the newest first.</summary>
/// <param name="Items">The documents of this page.</param>
/// <param name="NextCursor">Asks for the next page; null if this is the last.</param>
public sealed record DocumentList(IReadOnlyList<DocumentItem> Items, string? NextCursor);

internal static class ListDocuments
{
    /// <summary>Lists the organization's documents</summary>
    public static async Task<Results<Ok<DocumentList>, ProblemHttpResult>> Handle(
        [AsParameters] PageRequest page, Session session, Cursors cursors, DocumentsDb db, CancellationToken cancel)
    {
        string[] scope = ["documents", $"{session.OrganizationId}", $"{session.UserId}"];

        if (!cursors.TryRead<Position>(page.Cursor, out var after, scope))
        {
            return Cursors.Refusal();
        }

        var (documents, next) = await db.Documents.AsNoTracking()
            .Where(document => after == null || document.Id < after.Id)
            .OrderByDescending(document => document.Id)
            .ReadPageAsync(page, last => cursors.Write(new Position(last.Id), scope), cancel);

        return TypedResults.Ok(new DocumentList([.. documents.Select(DocumentItem.Of)], next));
    }

    private sealed record Position(Guid Id);
}
