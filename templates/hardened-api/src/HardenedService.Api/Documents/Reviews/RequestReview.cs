using HardenedService.Platform.Errors;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Documents.Reviews;

internal static class RequestReview
{
    /// <summary>Asks for a review of a document</summary>
    /// <remarks>
    /// It is made after the answer, and takes a while: ask for it at its <c>Location</c> until it is no longer <c>pending</c>. A document that was
    /// not found clean is not reviewed, nor one of which a review is pending: both are 409 <c>conflict</c>.
    /// </remarks>
    public static async Task<Results<Accepted<ReviewItem>, ProblemHttpResult>> Handle(
        Guid id, Session session, DocumentsDb db, Outbox outbox, CancellationToken cancel)
    {
        if (await db.Documents.AsNoTracking().SingleOrDefaultAsync(document => document.Id == id, cancel) is not { } document)
        {
            return Problems.NotFound.Result();
        }

        if (document.Status != DocumentStatus.Clean)
        {
            return Problems.Conflict.Result(document.Status == DocumentStatus.Scanning
                ? "The document is still being scanned for viruses: try again in a moment."
                : "A document that was not found free of viruses is not reviewed.");
        }

        // Of two that ask at once, reviews_pending_key lets one.
        var review = new Review { Id = Guid.CreateVersion7(), DocumentId = id, RequestedBy = session.UserId };
        db.Reviews.Add(review);
        await db.SaveChangesAsync(cancel);
        await outbox.EnqueueAsync(ReviewDelivery.MessageKind, new ReviewMessage(document.OrganizationId, review.Id), cancel);

        return TypedResults.Accepted($"/v1/documents/{id}/reviews/{review.Id}", ReviewItem.Of(review));
    }
}
