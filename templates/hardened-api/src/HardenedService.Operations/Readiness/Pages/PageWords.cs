using HardenedService.Operations.Pages;
using static HardenedService.Operations.Pages.Markup;

namespace HardenedService.Operations.Readiness.Pages;

/// <summary>What statuses, tiers and days look like on the page. Each has its word; mark and colour only help to find it.</summary>
internal static class PageWords
{
    /// <summary>For the eye alone: what it says stands beside it in words.</summary>
    public static Markup Mark(string mark) => Html($"""<span class="mark" aria-hidden="true">{mark}</span>""");

    public static Markup MarkOf(ReadinessRow row) => Html($"""<span class="mark {Class(row)}" aria-hidden="true">{Sign(row)}</span>""");

    public static Markup Status(ReadinessRow row) => Html($"""<span class="status {Class(row)}">{Mark(Sign(row))} {StatusWords.Of(row)}</span>""");

    public static string Of(Tier tier) => tier switch
    {
        Tier.Must => "Before anybody depends on it",
        Tier.ThirtyDays => "Within 30 days of the first release",
        _ => "Later, on purpose",
    };

    /// <summary>What a report is about.</summary>
    /// <param name="tier">How far down it goes, in the words of <see cref="StatusWords"/>.</param>
    /// <param name="isCandidate">Whether it is of a build that is not deployed.</param>
    /// <param name="service">Where the service answered.</param>
    public static Markup Subject(string tier, bool isCandidate, string service)
    {
        var what = tier switch
        {
            "must" => "what has to hold before anybody depends on it",
            "30d" => $"what has to hold within {ReadinessReport.GraceDays} days of the first release",
            _ => "everything",
        };

        return isCandidate ? Html($"{what}, as far as it tells of a build that is not deployed") : Html($"{what}, at <bdi>{service}</bdi>");
    }

    public static Markup Of(Course course) => course switch
    {
        Course.Worse => Html($"""<span class="bad">{Mark("▼")} worse</span>"""),
        Course.Better => Html($"""<span class="good">{Mark("▲")} better</span>"""),
        _ => Html($"""<span class="soft">{Mark("•")} changed</span>"""),
    };

    public static Markup Moment(DateTimeOffset moment) => Html($"""<time datetime="{moment:yyyy-MM-ddTHH:mm:ssZ}">{moment:yyyy-MM-dd HH:mm} UTC</time>""");

    /// <summary>A sentence of ours: what stands in backticks is code.</summary>
    public static Markup Sentence(string text) => All(text.Split('`').Select((part, index) => index % 2 == 1 ? Html($"<code>{part}</code>") : Html($"{part}")), "");

    /// <summary>A day, and how far away it is.</summary>
    public static Markup Day(DateOnly day, DateOnly today) => Html($"<time>{day}</time> {Distance(day.DayNumber - today.DayNumber)}");

    private static Markup Distance(int days) => days switch
    {
        < -1 => Html($"""<strong class="bad">{-days} days ago</strong>"""),
        -1 => Html($"""<strong class="bad">yesterday</strong>"""),
        0 => Html($"""<strong class="open">today</strong>"""),
        1 => Html($"""<span class="soft">tomorrow</span>"""),
        _ => Html($"""<span class="soft">in {days} days</span>"""),
    };

    public static string Class(ReadinessRow row) => row switch
    {
        { IsBlocking: true } => "bad",
        { Status: CheckStatus.Pass } => "good",
        { Status: CheckStatus.NotApplicable } => "soft",
        _ => "open",
    };

    private static string Sign(ReadinessRow row) => row switch
    {
        { IsBlocking: true } => "✕",
        { Status: CheckStatus.Pass } => "✓",
        { Status: CheckStatus.NotApplicable } => "–",
        { Status: CheckStatus.Waived } => "◷",
        _ => "○",
    };
}
