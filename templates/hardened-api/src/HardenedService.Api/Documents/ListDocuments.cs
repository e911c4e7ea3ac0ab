using HardenedService.Platform.Paging;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;

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

        var documents = after is null ? db.Documents : db.Documents.Where(document => document.Id < after.Id);
        var (items, next) = await documents
            .OrderByDescending(document => document.Id)
            .Select(DocumentItem.Of)
            .ReadPageAsync(page, last => cursors.Write(new Position(last.Id), scope), cancel);

        return TypedResults.Ok(new DocumentList(items, next));
    }

    private sealed record Position(Guid Id);
}
