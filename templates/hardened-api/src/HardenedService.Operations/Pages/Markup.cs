using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace HardenedService.Operations.Pages;

/// <summary>HTML. Nothing but the literals of our sources is taken as it is: what is put in between is text, and stays text.</summary>
internal sealed class Markup
{
    private readonly string _html;

    private Markup(string html) => _html = html;

    public static Markup None { get; } = new("");

    /// <summary>An interpolated string, whose holes take text, numbers, days and other markup.</summary>
    public static Markup Html(MarkupHandler html) => new(html.ToString());

    public static Markup All(IEnumerable<Markup> parts, string between = "\n") => new(string.Join(between, parts));

    /// <summary>A resource that lies beside this class.</summary>
    public static Markup Resource(string name)
    {
        using var reader = new StreamReader(
            typeof(Markup).Assembly.GetManifestResourceStream(typeof(Markup), name) ?? throw new InvalidOperationException($"{name} is no embedded resource."));

        // As a browser reads it, whatever the working copy has.
        return new(reader.ReadToEnd().ReplaceLineEndings("\n"));
    }

    public override string ToString() => _html;
}

/// <summary>Writes an interpolated string as HTML. What it has no overload for does not compile.</summary>
[InterpolatedStringHandler]
internal readonly ref struct MarkupHandler(int literalLength, int holes)
{
    private const int UsualHole = 40;

    // Letters of every language as they are; what means something in HTML, never.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _html = new(literalLength + (holes * UsualHole));

    public void AppendLiteral(string html) => _html.Append(html);

    public void AppendFormatted(Markup markup) => _html.Append(markup);

    public void AppendFormatted(string text) => _html.Append(Encoder.Encode(text));

    public void AppendFormatted(int number) => _html.Append(number.ToString(CultureInfo.InvariantCulture));

    public void AppendFormatted(double number, string format) => _html.Append(number.ToString(format, CultureInfo.InvariantCulture));

    public void AppendFormatted(DateOnly day) => _html.Append(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    public void AppendFormatted(DateTimeOffset moment, string format) => _html.Append(moment.ToUniversalTime().ToString(format, CultureInfo.InvariantCulture));

    public override string ToString() => _html.ToString();
}
