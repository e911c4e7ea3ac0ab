using HardenedService.Api.Documents.Files;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Preconditions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Documents;

internal static class DownloadDocument
{
    /// <summary>Downloads a document</summary>
    /// <remarks>An attachment (RFC 6266) under the document's file name. Until the virus scanner has found it clean, it is 409 <c>conflict</c>.</remarks>
    public static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Handle(
        Guid id, DocumentsDb db, IFileStore files, HttpResponse response, CancellationToken cancel)
    {
        if (await db.Documents.AsNoTracking().SingleOrDefaultAsync(document => document.Id == id, cancel) is not { } found)
        {
            return Problems.NotFound.Result();
        }

        if (found is not { Status: DocumentStatus.Clean, FileId: { } fileId })
        {
            return Problems.Conflict.Result(found.Status switch
            {
                DocumentStatus.Scanning => "The document is still being scanned for viruses: try again in a moment.",
                DocumentStatus.Infected => "The document had a virus, and its bytes were deleted.",
                _ => "The document could not be scanned for viruses. Upload it again.",
            });
        }

        ETag.Set(response, found.Version);
        response.ContentLength = found.Size;

        // After this the transaction ends: the bytes are read one by one while they are sent.
        return TypedResults.Stream(files.OpenRead(found.OrganizationId, fileId), found.ContentType, found.FileName);
    }
}
