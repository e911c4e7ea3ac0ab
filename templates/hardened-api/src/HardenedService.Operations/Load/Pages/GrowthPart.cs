using System.Globalization;
using HardenedService.Operations.Pages;
using static HardenedService.Operations.Pages.Markup;

namespace HardenedService.Operations.Load.Pages;

/// <summary>The same at more and more people.</summary>
internal static class GrowthPart
{
    // Each number of people has the same room: 1, 10, 100 and 500 would lie on top of each other.
    public static Markup Render(IReadOnlyList<LoadGrowth> growth) => Html($"""
        {Plot(growth, "Milliseconds that calls took, by the number of people", "ms").Render(
            Line("p50", growth, step => step.P50),
            Line("p99", growth, step => step.P99))}
        {Plot(growth, "Calls answered in a second, by the number of people", "per s").Render(
            Line("calls", growth, step => step.Rate))}
        <div class="wide" tabindex="0" role="group" aria-label="With more people">
        <table>
        <thead><tr><th scope="col">people</th>{LoadPage.Columns("per s", "p50", "p99", "errors", "429", "promise")}</tr></thead>
        <tbody>
        {All(growth.Select(step => Html($"""
            <tr><th scope="row">{step.Users}</th><td>{step.Rate:0.0}</td><td>{step.P50:0.0}</td><td>{step.P99:0.0}</td><td>{100 * step.Errors:0.##} %</td><td>{100 * step.Limited:0.##} %</td><td>{step.Word}</td></tr>
            """)))}
        </tbody>
        </table>
        </div>
        """);

    private static PlotLine Line(string name, IReadOnlyList<LoadGrowth> growth, Func<LoadGrowth, double?> height) => new(name, [.. growth.Select((step, place) => ((double)place, height(step)))]);

    private static LinePlot Plot(IReadOnlyList<LoadGrowth> growth, string title, string up) => new(title, "people", up, "in the table below")
    {
        Places = [.. growth.Select((step, place) => ((double)place, step.Users.ToString(CultureInfo.InvariantCulture)))],
    };
}
