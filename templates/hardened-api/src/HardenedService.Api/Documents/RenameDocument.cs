using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Preconditions;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Documents;

/// <summary>Renames a document.</summary>
/// <param name="Title">What people shall call it.</param>
public sealed record RenameDocumentRequest([property: Required, SingleLine(DocumentTitle.MaxLength)] string Title);

internal static class RenameDocument
{
    /// <summary>Renames a document</summary>
    public static async Task<Results<Ok<DocumentItem>, ProblemHttpResult>> Handle(
        Guid id, RenameDocumentRequest request, IfMatch expected, DocumentsDb db, HttpResponse response, CancellationToken cancel)
    {
        var changed = await db.Documents
            .Where(document => document.Id == id && expected.Versions.Contains(document.Version))
            .ExecuteUpdateAsync(
                document => document.SetProperty(d => d.Title, request.Title).SetProperty(d => d.Version, d => d.Version + 1),
                cancel);

        if (await db.Documents.AsNoTracking().SingleOrDefaultAsync(document => document.Id == id, cancel) is not { } found)
        {
            return Problems.NotFound.Result();
        }

        if (changed == 0)
        {
            return Problems.PreconditionFailed.Result();
        }

        ETag.Set(response, found.Version);

        return TypedResults.Ok(DocumentItem.Of(found));
    }
}
