using HardenedService.Platform.Errors;
using HardenedService.Platform.Preconditions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Documents;

internal static class GetDocument
{
    /// <summary>Shows a document</summary>
    public static async Task<Results<Ok<DocumentItem>, ProblemHttpResult>> Handle(Guid id, DocumentsDb db, HttpResponse response, CancellationToken cancel)
    {
        if (await db.Documents.AsNoTracking().SingleOrDefaultAsync(document => document.Id == id, cancel) is not { } found)
        {
            return Problems.NotFound.Result();
        }

        ETag.Set(response, found.Version);

        return TypedResults.Ok(DocumentItem.Of(found));
    }
}
