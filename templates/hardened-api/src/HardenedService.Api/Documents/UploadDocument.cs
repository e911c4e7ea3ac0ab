using HardenedService.Api.Documents.Files;
using HardenedService.Api.Documents.Scanning;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Preconditions;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Documents;

internal static class UploadDocument
{
    /// <summary>Uploads a document</summary>
    /// <remarks>
    /// The form's parts are <c>title</c> and <c>file</c>. What it is, its bytes decide: a PDF, a PNG or JPEG image, or text in UTF-8; anything
    /// else is 415, and more than 10 MiB are 413. It is scanned for viruses after the answer; until it is <c>clean</c> nobody gets its bytes.
    /// When the organization's documents take up all that they may, it is 409 <c>conflict</c>.
    /// </remarks>
    public static async Task<Results<Created<DocumentItem>, ProblemHttpResult>> Handle(
        DocumentUpload upload,
        Session session,
        DocumentsDb db,
        IFileStore files,
        Outbox outbox,
        IOptions<DocumentOptions> options,
        HttpResponse response,
        CancellationToken cancel)
    {
        if (await UsedAsync(db, cancel) + upload.Size > options.Value.Quota)
        {
            return Problems.Conflict.Result("The organization's documents take up all that they may. Delete some that are not needed any more.");
        }

        var document = new Document
        {
            Id = Guid.CreateVersion7(),
            Title = upload.Title,
            FileName = upload.FileName,
            ContentType = upload.ContentType,
            Size = upload.Size,
            Sha256 = upload.Sha256,
            FileId = upload.FileId,
            CreatedBy = session.UserId,
        };
        db.Documents.Add(document);
        await files.KeepAsync(upload.FileId, cancel);
        await db.SaveChangesAsync(cancel);
        await outbox.EnqueueAsync(ScanDelivery.MessageKind, new ScanMessage(document.OrganizationId, document.Id), cancel);

        ETag.Set(response, document.Version);

        return TypedResults.Created($"/v1/documents/{document.Id}", DocumentItem.Of(document));
    }

    // Uploads of an organization queue up from here to their commit: of two that fit only one by one, the second sees the first.
    private static async Task<long> UsedAsync(DocumentsDb db, CancellationToken cancel)
    {
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended('documents ' || current_setting('app.organization_id'), 0))", cancel);

        return await db.Documents.Where(document => document.FileId != null).SumAsync(document => document.Size, cancel);
    }
}
