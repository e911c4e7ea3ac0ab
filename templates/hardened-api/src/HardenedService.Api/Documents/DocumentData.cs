using HardenedService.Platform.Privacy;

namespace HardenedService.Api.Documents;

/// <summary>Documents are the organization's: they stay when the person goes who brought them, and the database takes that person out.</summary>
internal sealed class DocumentData : IPersonalData
{
    private const string Erased = "stays, being the organization's, without who it came from; deleted if nobody else is in the organization";

    public IReadOnlyList<PersonalTable> Tables { get; } =
    [
        new("documents.documents", "documents")
        {
            Holds = "which documents one uploaded, and when",
            Purpose = "the organization works on them",
            Kept = "until the document is deleted",
            Erasure = Erased,
            Query =
                """
                select id, organization_id, title, file_name, content_type, size, status, created_at
                from documents.documents
                where created_by = $1
                order by created_at desc, id
                """,
        },
        new("documents.reviews", "reviews")
        {
            Holds = "which reviews one asked for, and what came of them",
            Purpose = "the organization works with them",
            Kept = "until the document is deleted",
            Erasure = Erased,
            Query =
                """
                select id, organization_id, document_id, status, summary, failure, created_at, completed_at
                from documents.reviews
                where requested_by = $1
                order by created_at desc, id
                """,
        },
    ];

    // on delete set null
    public Task EraseAsync(Guid userId, CancellationToken cancel) => Task.CompletedTask;
}
