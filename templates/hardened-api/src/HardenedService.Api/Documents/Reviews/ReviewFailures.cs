using System.Collections.Frozen;

namespace HardenedService.Api.Documents.Reviews;

/// <summary>Why reviews fail, and what people are told.</summary>
internal static class ReviewFailures
{
    public const string Unavailable = "reviewer_unavailable";
    public const string TimedOut = "reviewer_timeout";
    public const string Failed = "reviewer_failed";
    public const string Refused = "document_refused";
    public const string Unreadable = "unreadable_answer";
    public const string Lost = "review_lost";

    private static readonly FrozenDictionary<string, string> Details = new Dictionary<string, string>
    {
        [Unavailable] = "The reviewer could not be reached, or was too busy, for as long as we tried. Ask for another review later.",
        [TimedOut] = "The reviewer did not answer in time, however often we asked. Ask for another review later.",
        [Failed] = "The reviewer failed, however often we asked. Ask for another review later.",
        [Refused] = "The reviewer does not take this document: another review would end the same way.",
        [Unreadable] = "The reviewer's answer could not be read. Ask for another review.",
        [Lost] = "Nothing came of this review in the time that it had. Ask for another one.",
    }.ToFrozenDictionary();

    /// <summary>What people are told. A code of a newer or older release is none that we know.</summary>
    public static string DetailOf(string code) => Details.GetValueOrDefault(code) ?? "The review failed. Ask for another one.";
}

/// <summary>A review fails for good: asking the reviewer again would not help.</summary>
/// <param name="code">Why: one of <see cref="ReviewFailures"/>.</param>
internal sealed class ReviewFailedException(string code) : Exception(code)
{
    public string Code => Message;
}
