using System.Text.Json.Nodes;
using HardenedService.Tests.Contract;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Documents;

internal sealed class DocumentSample : FeatureSample
{
    public override IReadOnlyDictionary<string, (string Clause, string Promise)> Walls => new Dictionary<string, (string, string)>
    {
        ["F6"] = ("5.2.1, 5.2.2, 5.3.2", "Of an upload the bytes decide the type, its size is capped while it arrives, its name is made harmless, and each organization has a quota."),
    };

    // Nobody listens there. ReviewFixture has those who do.
    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Scanner:Host"] = "127.0.0.1",
        ["Scanner:Port"] = "1",
        ["Outbound:Reviewer:BaseAddress"] = "http://127.0.0.1:1",
    };

    public override IReadOnlyList<string> Rows =>
    [
        "insert into documents.files (id, organization_id, expires_at) select $2, $2, null where $1 is not null",
        "insert into documents.chunks (file_id, number, organization_id, bytes) select $2, 0, $2, 'bytes' where $1 is not null",
        """
        insert into documents.documents (id, organization_id, title, file_name, content_type, size, sha256, status, scanned_at, file_id, created_by)
        select $2, $2, 'The title of ' || $1, $1 || '.txt', 'text/plain', 5, sha256('bytes'), 'clean', now(), $2, $1
        """,
        """
        insert into documents.reviews (id, organization_id, document_id, status, summary, completed_at, requested_by)
        select gen_random_uuid(), $2, $2, 'completed', 'The summary of ' || $1, now(), $1
        """,
    ];

    public override IReadOnlyList<string> Rights =>
    [
        "documents.chunks: DELETE, INSERT, SELECT",
        "documents.documents: DELETE, INSERT, SELECT",
        "documents.files: DELETE, INSERT, SELECT",
        "documents.reviews: INSERT, SELECT",
    ];

    public override async Task<IEnumerable<ContractSeed>> PlantAsync(ApiFixture api)
    {
        var owner = await api.NewOwnerAsync();
        var (reviewed, review) = await api.NewReviewedDocumentAsync(owner.OrganizationId);
        var parameters = new Dictionary<string, string> { ["id"] = $"{reviewed}", ["reviewId"] = $"{review}" };

        return
        [
            new("uploadDocument", new JsonObject { ["title"] = "A title", ["file"] = "text" }) { Bearer = owner.Token },
            new("getDocument") { Bearer = owner.Token, Parameters = await NewAsync() },
            new("downloadDocument") { Bearer = owner.Token, Parameters = await NewAsync() },
            new("renameDocument", new JsonObject { ["title"] = "Another title" }) { Bearer = owner.Token, Parameters = await NewAsync() },
            new("deleteDocument") { Bearer = owner.Token, Parameters = await NewAsync() },
            new("requestReview") { Bearer = owner.Token, Parameters = parameters },
            new("getReview") { Bearer = owner.Token, Parameters = parameters },
        ];

        async Task<Dictionary<string, string>> NewAsync()
        {
            var document = await api.NewDocumentAsync(owner.Token);
            await api.IsCleanAsync(document.Id);

            return new() { ["id"] = $"{document.Id}" };
        }
    }
}
