using HardenedService.Operations.Pages;
using static HardenedService.Operations.Pages.Markup;

namespace HardenedService.Operations.Load.Pages;

/// <summary>What a load test came to, as a page: the verdict, what each operation took, and how it went second by second.</summary>
internal static class LoadPage
{
    // In a constant of its own: the name of the solution may have braces.
    private const string Service = "Hardened Service";

    /// <summary>The whole file.</summary>
    public static string Render(LoadReport report)
    {
        List<PageSection> sections =
        [
            new("operations", "What each call took", Operations(report)),
            new("latency", "Latency over time", Latency(report)),
            new("throughput", "Throughput over time", Throughput(report)),
            new("seconds", "Second by second", Seconds(report)),
        ];

        if (report.Growth is { Count: > 0 } growth)
        {
            sections.Insert(1, new("growth", "With more people", GrowthPart.Render(growth)));
        }

        return PageFile.Render($"{Service} under load", Header(report), sections);
    }

    private static Markup Header(LoadReport report) => Html($"""
        <h1>{Service} under load</h1>
        <p class="verdict {(report.IsKept ? "good" : "bad")}"><span class="mark" aria-hidden="true">{(report.IsKept ? "✓" : "✕")}</span> {report.Verdict}</p>
        <p class="soft">{report.Users} people, {report.OfferedRate:0.##} calls a second for {report.Duration.TotalSeconds:0} seconds, at <bdi>{report.Url.ToString()}</bdi>, until <time datetime="{report.At:yyyy-MM-ddTHH:mm:ssZ}">{report.At:yyyy-MM-dd HH:mm} UTC</time>. Promised: <bdi>{report.Slo}</bdi>.</p>
        """);

    private static Markup Operations(LoadReport report) => Html($"""
        <p>Latencies are in milliseconds, and count from the moment at which a call was due, not from when it could be made: a service that stalls shows it here.</p>
        <div class="wide" tabindex="0" role="group" aria-label="What each call took">
        <table>
        <thead><tr><th scope="col">Operation</th>{Columns("calls", "errors", "429", "per s", "p50", "p90", "p99", "p99.9", "max")}</tr></thead>
        <tbody>
        {All(report.Operations.Select(operation => Html($"""
            <tr><th scope="row"><bdi>{operation.Name}</bdi></th><td>{operation.Count}</td><td>{operation.Errors}</td><td>{operation.Limited}</td><td>{operation.Rate:0.0}</td><td>{operation.P50:0.0}</td><td>{operation.P90:0.0}</td><td>{operation.P99:0.0}</td><td>{operation.P999:0.0}</td><td>{operation.Max:0.0}</td></tr>
            """)))}
        </tbody>
        </table>
        </div>
        {Failures(report)}
        <p class="soft">The load generator itself made 99 of a hundred calls at most {report.GeneratorP99:0.0} ms late; that is part of these figures.</p>
        """);

    private static Markup Failures(LoadReport report)
    {
        var failures = report.Operations.SkipLast(1).SelectMany(operation => operation.Failures.Select(failure => (operation.Name, Failure: failure))).ToList();

        return failures.Count == 0
            ? Html($"<p>Nothing failed.</p>")
            : Html($"""
                <h3>What failed</h3>
                <ul>
                {All(failures.Select(item => Html($"<li>{item.Failure.Count} × <bdi>{item.Name}: {item.Failure.What}</bdi></li>")))}
                </ul>
                """);
    }

    private static Markup Latency(LoadReport report) => new LinePlot("Milliseconds that calls took, by the second in which they ended", "second", "ms").Render(
        new("p50", [.. report.Seconds.Select(second => ((double)second.Second, second.Finished > 0 ? second.P50 : (double?)null))]),
        new("p99", [.. report.Seconds.Select(second => ((double)second.Second, second.Finished > 0 ? second.P99 : (double?)null))]));

    private static Markup Throughput(LoadReport report) => new LinePlot("Calls by the second", "second", "calls").Render(
        new("made", [.. report.Seconds.Select(second => ((double)second.Second, (double?)second.Started))]),
        new("ended", [.. report.Seconds.Select(second => ((double)second.Second, (double?)second.Finished))]),
        new("failed", [.. report.Seconds.Select(second => ((double)second.Second, (double?)second.Errors))]));

    private static Markup Seconds(LoadReport report) => Html($"""
        <details>
        <summary>The numbers of both plots</summary>
        <table>
        <thead><tr><th scope="col">second</th>{Columns("made", "ended", "failed", "p50", "p99")}</tr></thead>
        <tbody>
        {All(report.Seconds.Select(second => Html($"""
            <tr><th scope="row">{second.Second}</th><td>{second.Started}</td><td>{second.Finished}</td><td>{second.Errors}</td><td>{second.P50:0.0}</td><td>{second.P99:0.0}</td></tr>
            """)))}
        </tbody>
        </table>
        </details>
        """);

    internal static Markup Columns(params IEnumerable<string> names) => All(names.Select(name => Html($"""<th scope="col">{name}</th>""")));
}
