using HardenedService.Api.Documents.Files;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Preconditions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Documents;

internal static class DeleteDocument
{
    /// <summary>Deletes a document</summary>
    /// <remarks>With its bytes and its reviews. A review that is under way ends, and nobody sees what comes of it.</remarks>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Guid id, IfMatch expected, DocumentsDb db, IFileStore files, CancellationToken cancel)
    {
        // Locked: of two who delete and rename at once, one comes first.
        var found = await db.Documents
            .FromSql($"select * from documents.documents where id = {id} for update")
            .AsNoTracking()
            .SingleOrDefaultAsync(cancel);

        if (found is null)
        {
            return Problems.NotFound.Result();
        }

        if (!expected.Versions.Contains(found.Version))
        {
            return Problems.PreconditionFailed.Result();
        }

        await db.Documents.Where(document => document.Id == id).ExecuteDeleteAsync(cancel);

        if (found.FileId is { } fileId)
        {
            await files.DeleteAsync(fileId, cancel);
        }

        return TypedResults.NoContent();
    }
}
