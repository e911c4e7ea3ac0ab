using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Documents;

/// <summary>Documents that are simply there: nobody had to upload or scan them.</summary>
internal static class StoredDocuments
{
    /// <summary>A clean document of an organization, and a review of it that has ended.</summary>
    public static async Task<(Guid Document, Guid Review)> NewReviewedDocumentAsync(this ApiFixture api, Guid organization)
    {
        var (file, document, review) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await api.ScalarAsync<int>(
            """
            with file as (
              insert into documents.files (id, organization_id)
              values ($1, $4)
              returning id
            ), chunk as (
              insert into documents.chunks (file_id, number, organization_id, bytes)
              select id, 0, $4, 'A text.' from file
            ), document as (
              insert into documents.documents (id, organization_id, title, file_name, content_type, size, sha256, status, file_id, scanned_at)
              select $2, $4, 'A document', 'a.txt', 'text/plain', 7, sha256('A text.'), 'clean', id, now() from file
              returning id
            )
            insert into documents.reviews (id, organization_id, document_id, status, summary, completed_at)
            select $3, $4, id, 'completed', 'Good.', now() from document
            returning 1
            """,
            file,
            document,
            review,
            organization);

        return (document, review);
    }
}
