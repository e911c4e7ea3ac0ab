using HardenedService.Operations.Pages;
using static HardenedService.Operations.Pages.Markup;

namespace HardenedService.Operations.Load.Pages;

/// <summary>What a load test came to, as a page: the verdict, what each operation took, and how it went second by second.</summary>
internal static class LoadPage
{
    /// <summary>The whole file.</summary>
    public static string Render(LoadReport report)
    {
        var times = LoadTimes.Of(report.Seconds);
        List<PageSection> sections =
        [
            new("operations", "What each call took", Operations(report)),
            new("latency", "Latency over time", Latency(times)),
            new("throughput", "Throughput over time", Throughput(times)),
            new("times", times.Heading, Table(times)),
        ];

        if (report.Growth is { Count: > 0 } growth)
        {
            sections.Insert(1, new("growth", "With more people", GrowthPart.Render(growth)));
        }

        return PageFile.Render($"{PageFile.Service} under load", Header(report), sections);
    }

    private static Markup Header(LoadReport report) => Html($"""
        <h1>{PageFile.Service} under load</h1>
        <p class="verdict {(report.IsKept ? "good" : "bad")}"><span class="mark" aria-hidden="true">{(report.IsKept ? "✓" : "✕")}</span> {report.Verdict}</p>
        <p class="soft">As of {report.Users} people with a call every {report.Users / report.OfferedRate:0.##} seconds each, by {report.Accounts} accounts: {report.OfferedRate:0.##} calls a second (<bdi>{report.Mix}</bdi>), for {report.Duration.TotalSeconds:0} seconds, at <bdi>{report.Url.ToString()}</bdi>, until <time datetime="{report.At:yyyy-MM-ddTHH:mm:ssZ}">{report.At:yyyy-MM-dd HH:mm} UTC</time>. Promised: <bdi>{report.Slo}</bdi>.</p>
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

    private static Markup Latency(LoadTimes times) => new LinePlot($"Milliseconds that calls took, by the {times.Unit} in which they ended", times.Unit, "ms", Numbers(times)).Render(
        Line("p50", times, time => time.Finished > 0 ? time.P50 : null),
        Line("p99", times, time => time.Finished > 0 ? time.P99 : null));

    private static Markup Throughput(LoadTimes times) => new LinePlot($"Calls by the {times.Unit}", times.Unit, "calls", Numbers(times)).Render(
        Line("made", times, time => time.Started),
        Line("ended", times, time => time.Finished),
        Line("failed", times, time => time.Errors));

    private static PlotLine Line(string name, LoadTimes times, Func<LoadSecond, double?> height) => new(name, [.. times.Rows.Select(time => ((double)time.Second, height(time)))]);

    private static string Numbers(LoadTimes times) => $"below “{times.Heading}”";

    private static Markup Table(LoadTimes times) => Html($"""
        <details>
        <summary>The numbers of both plots</summary>
        <div class="wide" tabindex="0" role="group" aria-label="The numbers of both plots">
        <table>
        <caption>Calls that were made, ended and failed in each {times.Unit}, and how many milliseconds those that ended took{(times.IsFolded ? ", in the slowest second of it" : "")}.</caption>
        <thead><tr><th scope="col">{times.Unit}</th>{Columns("made", "ended", "failed", "p50", "p99")}</tr></thead>
        <tbody>
        {All(times.Rows.Select(time => Html($"""
            <tr><th scope="row">{time.Second}</th><td>{time.Started}</td><td>{time.Finished}</td><td>{time.Errors}</td><td>{time.P50:0.0}</td><td>{time.P99:0.0}</td></tr>
            """)))}
        </tbody>
        </table>
        </div>
        </details>
        """);

    internal static Markup Columns(params IEnumerable<string> names) => All(names.Select(name => Html($"""<th scope="col">{name}</th>""")));
}
