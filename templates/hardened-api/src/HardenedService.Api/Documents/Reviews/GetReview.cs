using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Documents.Reviews;

internal static class GetReview
{
    /// <summary>Shows a review of a document</summary>
    public static async Task<Results<Ok<ReviewItem>, ProblemHttpResult>> Handle(Guid id, Guid reviewId, DocumentsDb db, CancellationToken cancel) =>
        await db.Reviews.AsNoTracking().SingleOrDefaultAsync(review => review.Id == reviewId && review.DocumentId == id, cancel) is { } found
            ? TypedResults.Ok(ReviewItem.Of(found))
            : Problems.NotFound.Result();
}
