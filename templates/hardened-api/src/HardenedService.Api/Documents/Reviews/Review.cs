using System.Text.Json.Serialization;
using HardenedService.Platform.Tenancy;

namespace HardenedService.Api.Documents.Reviews;

/// <summary>How far a review is.</summary>
public enum ReviewStatus
{
    /// <summary>The reviewer is still to answer: ask again in a while.</summary>
    Pending,

    /// <summary>There is a summary.</summary>
    Completed,

    /// <summary>There is none, and there will not be.</summary>
    Failed,
}

/// <summary>A review as the database has it.</summary>
internal sealed class Review : ITenantOwned
{
    public required Guid Id { get; init; }

    public Guid OrganizationId { get; init; }

    public required Guid DocumentId { get; init; }

    public ReviewStatus Status { get; init; }

    public string? Summary { get; init; }

    /// <summary>Why it failed: one of <see cref="ReviewFailures"/>.</summary>
    public string? Failure { get; init; }

    /// <summary>Who asked for it; null once they have left.</summary>
    public Guid? RequestedBy { get; init; }

    public DateTime CreatedAt { get; init; }

    public DateTime? CompletedAt { get; init; }
}

/// <summary>A review of a document.</summary>
/// <param name="Id">The review.</param>
/// <param name="Status">How far it is.</param>
/// <param name="Summary">What the reviewer says of the document, in plain text of at most 10,000 characters. Only if it is <c>completed</c>.</param>
/// <param name="Failure">Why there is no summary. Only if it is <c>failed</c>.</param>
public sealed record ReviewItem(
    Guid Id,
    ReviewStatus Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Summary,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ReviewFailure? Failure)
{
    internal static ReviewItem Of(Review review) => new(
        review.Id,
        review.Status,
        review.Summary,
        review.Failure == null ? null : new ReviewFailure(review.Failure, ReviewFailures.DetailOf(review.Failure)));
}

/// <summary>Why a review failed.</summary>
/// <param name="Code">
/// Stable, for programs: <c>reviewer_unavailable</c>, <c>reviewer_timeout</c>, <c>reviewer_failed</c>, <c>document_refused</c>,
/// <c>unreadable_answer</c> or <c>review_lost</c>.
/// </param>
/// <param name="Detail">What happened and what to do, for people.</param>
public sealed record ReviewFailure(string Code, string Detail);
