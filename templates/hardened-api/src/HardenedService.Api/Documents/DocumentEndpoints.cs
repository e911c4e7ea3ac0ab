using HardenedService.Api.Documents.Files;
using HardenedService.Api.Documents.Reviews;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Idempotency;
using HardenedService.Platform.OpenApi;
using HardenedService.Platform.Preconditions;
using HardenedService.Platform.Tenancy;

namespace HardenedService.Api.Documents;

internal static class DocumentEndpoints
{
    public static void MapDocuments(this IEndpointRouteBuilder v1)
    {
        var documents = v1.MapGroup("/documents").RequireMember().WithTags("Documents");

        documents.MapGet("/", ListDocuments.Handle);
        documents.MapPost("/", UploadDocument.Handle)
            .ReceivesUpload(v1.ServiceProvider)
            .RequireIdempotencyKey()
            .SendsVersion(StatusCodes.Status201Created)
            .Answers(Problems.Conflict);
        documents.MapGet("/{id:guid}", GetDocument.Handle).SendsVersion().Answers(Problems.NotFound);
        documents.MapGet("/{id:guid}/content", DownloadDocument.Handle)
            .Produces<Stream>(StatusCodes.Status200OK, FileType.Pdf.ContentType, [.. FileType.All.Select(type => type.ContentType)])
            .SendsVersion()
            .SendsHeader(StatusCodes.Status200OK, "Content-Disposition", "What to save it as.")
            .Answers(Problems.NotFound, Problems.Conflict);
        documents.MapPatch("/{id:guid}", RenameDocument.Handle).RequireIfMatch().SendsVersion().Answers(Problems.NotFound);
        documents.MapDelete("/{id:guid}", DeleteDocument.Handle).RequireIfMatch().Answers(Problems.NotFound);
        documents.MapPost("/{id:guid}/reviews", RequestReview.Handle)
            .RequireIdempotencyKey()
            .SendsHeader(StatusCodes.Status202Accepted, "Location", "Where the review is.")
            .Answers(Problems.NotFound, Problems.Conflict);
        documents.MapGet("/{id:guid}/reviews/{reviewId:guid}", GetReview.Handle).Answers(Problems.NotFound);
    }
}
