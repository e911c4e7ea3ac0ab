using HardenedService.Operations.Pages;
using static HardenedService.Operations.Pages.Markup;

namespace HardenedService.Operations.Readiness.Pages;

/// <summary>Every check, with what it proves and what it does not.</summary>
internal static class CheckList
{
    public static Markup Render(ReadinessReport report) => Html($"""
        {All(report.Rows.GroupBy(row => row.Tier).Select(tier => Html($"""
            <h3>{PageWords.Of(tier.Key)}</h3>
            {All(tier.Select(Render))}
            """)))}
        <footer><p>Each line was found by looking, or by the record of something that was done; none is a tick in a box. It is no certificate: what a line does not prove stands in it.</p></footer>
        """);

    // What stands in the way is open, whoever scrolls.
    private static Markup Render(ReadinessRow row) => Html($"""
        <details{(row.IsBlocking ? Html($" open") : None)}>
        <summary><h4>{row.Concern.Title}</h4> {PageWords.Status(row)}</summary>
        <dl>
        <dt>Found</dt><dd><bdi>{row.Evidence}</bdi></dd>
        <dt>Proves</dt><dd>{PageWords.Sentence(row.Concern.Proves)}</dd>
        <dt>Does not prove</dt><dd>{PageWords.Sentence(row.Concern.DoesNotProve)}</dd>
        <dt>How</dt><dd>{PageWords.Sentence(row.Concern.How)}</dd>
        <dt>Holds for</dt><dd>{(row.Concern.Holds is { } time ? Html($"{Holding.Words(time)}") : Html($"now: it is looked at each time"))}</dd>
        <dt>How to mend it</dt><dd><code>{row.Concern.Mend}</code></dd>
        <dt>Its name</dt><dd><code>{row.Concern.Id}</code></dd>
        </dl>
        </details>
        """);
}
