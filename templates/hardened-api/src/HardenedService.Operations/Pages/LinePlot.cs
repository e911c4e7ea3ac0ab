using System.Globalization;
using System.Text;
using static HardenedService.Operations.Pages.Markup;

namespace HardenedService.Operations.Pages;

/// <summary>A line of a plot.</summary>
/// <param name="Name">What it is called, beside it and in the legend.</param>
/// <param name="Points">In the order of their places on the horizontal axis; one without a height breaks the line.</param>
internal sealed record PlotLine(string Name, IReadOnlyList<(double X, double? Y)> Points);

/// <summary>A plot of up to three lines, as SVG. Lines differ in how they are drawn, and not by colour alone; what it shows has to stand beside it as a table.</summary>
/// <param name="title">What it shows.</param>
/// <param name="across">What the horizontal axis is.</param>
/// <param name="up">What the vertical axis is, which begins at 0.</param>
/// <param name="numbers">Where on the page its numbers stand.</param>
internal sealed class LinePlot(string title, string across, string up, string numbers)
{
    private const double Width = 760;
    private const double Height = 300;
    private const double Left = 64;
    private const double Right = 90;
    private const double Top = 24;
    private const double Bottom = 46;
    private const double LineHeight = 15;
    private const int Ticks = 5;

    private static readonly string[] Classes = ["first", "second", "third"];

    /// <summary>What stands at a place of the horizontal axis; numbers at round places, if not given.</summary>
    public IReadOnlyList<(double X, string Name)>? Places { get; init; }

    public Markup Render(params IReadOnlyList<PlotLine> lines)
    {
        var points = lines.SelectMany(line => line.Points).ToList();
        var scale = new Scale(points.Select(point => point.X).DefaultIfEmpty(0).Min(), points.Select(point => point.X).DefaultIfEmpty(1).Max(), points.Select(point => point.Y ?? 0).DefaultIfEmpty(0).Max());

        return Html($"""
            <figure>
            <div class="wide">
            <svg class="plot" viewBox="0 0 {Width:0} {Height:0}" role="img" aria-label="{title}">
            {All(scale.Rows().Select(tick => Html($"""
                <path class="grid" d="M{Left:0} {scale.Y(tick):0.0}H{Width - Right:0}"/><text x="{Left - 8:0}" y="{scale.Y(tick) + 4:0.0}" text-anchor="end">{tick:0.####}</text>
                """)))}
            {All((Places ?? scale.Columns()).Select(place => Html($"""
                <path class="axis" d="M{scale.X(place.X):0.0} {Height - Bottom:0}v5"/><text x="{scale.X(place.X):0.0}" y="{Height - Bottom + 20:0}" text-anchor="middle">{place.Name}</text>
                """)))}
            <path class="axis" d="M{Left:0} {Top:0}V{Height - Bottom:0}H{Width - Right:0}"/>
            <text x="{Left - 8:0}" y="{Top - 10:0}" text-anchor="end">{up}</text>
            <text x="{Width - Right:0}" y="{Height - 6:0}" text-anchor="end">{across}</text>
            {All(lines.Zip(Classes, (line, name) => Html($"""<path class="line {name}" d="{Path(line, scale)}"/>""")))}
            {All(Labels(lines, scale))}
            </svg>
            </div>
            <figcaption class="soft">{title}: {string.Join("; ", lines.Zip(["solid", "dashed", "dotted"], (line, drawn) => $"{line.Name} is {drawn}"))}. The numbers stand {numbers}.</figcaption>
            </figure>
            """);
    }

    // Each at the end of its line, or below the one that is there already.
    private static IEnumerable<Markup> Labels(IReadOnlyList<PlotLine> lines, Scale scale)
    {
        var free = 0.0;

        foreach (var (line, name) in lines.Zip(Classes).OrderBy(item => scale.Y(LastOf(item.First).Y ?? 0)))
        {
            var (x, y) = LastOf(line);
            free = Math.Max(free, scale.Y(y ?? 0) + 4);
            yield return Html($"""<text class="{name}-text" x="{scale.X(x) + 8:0.0}" y="{free:0.0}">{line.Name}</text>""");
            free += LineHeight;
        }

        static (double X, double? Y) LastOf(PlotLine line) => line.Points.LastOrDefault(point => point.Y is not null);
    }

    private static string Path(PlotLine line, Scale scale)
    {
        var path = new StringBuilder();
        var isDown = false;

        foreach (var (x, y) in line.Points)
        {
            if (y is { } height)
            {
                // A step of no length: a point that stands alone is seen as well.
                path.Append(CultureInfo.InvariantCulture, $"{(isDown ? 'L' : 'M')}{scale.X(x):0.0} {scale.Y(height):0.0}{(isDown ? "" : "h0")}");
            }

            isDown = y is not null;
        }

        return path.ToString();
    }

    // From what is measured to where it is drawn.
    private sealed class Scale(double least, double most, double highest)
    {
        private readonly double _step = Step(highest);

        private double Highest => Math.Max(_step, Math.Ceiling(highest / _step) * _step);

        public double X(double value) => Left + ((Width - Left - Right) * (most > least ? (value - least) / (most - least) : 0.5));

        public double Y(double value) => Height - Bottom - ((Height - Top - Bottom) * value / Highest);

        public IEnumerable<double> Rows() => Enumerable.Range(0, (int)Math.Round(Highest / _step) + 1).Select(row => row * _step);

        public IEnumerable<(double X, string Name)> Columns()
        {
            var step = Math.Max(1, Step(most - least));

            for (var x = Math.Ceiling(least / step) * step; x <= most; x += step)
            {
                yield return (x, x.ToString("0", CultureInfo.InvariantCulture));
            }
        }

        // 1, 2 or 5, and zeros.
        private static double Step(double range)
        {
            if (range <= 0)
            {
                return 1;
            }

            var power = Math.Pow(10, Math.Floor(Math.Log10(range / Ticks)));

            return power * (range / Ticks / power) switch
            {
                <= 1 => 1,
                <= 2 => 2,
                <= 5 => 5,
                _ => 10,
            };
        }
    }
}
