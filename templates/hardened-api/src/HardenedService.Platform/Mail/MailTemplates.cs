using System.Collections.Frozen;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using HardenedService.Platform.Configuration;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Mail;

/// <summary>
/// Makes mails from texts that stand in files, embedded in the assembly of the feature. The first line is the subject; blank lines part
/// paragraphs; names in braces stand for values, <c>{service}</c> among them. A paragraph that is <c>{link}</c> alone becomes a link in the
/// HTML form, which <c>layout.html</c> surrounds.
/// </summary>
/// <param name="service">The service's name.</param>
public sealed partial class MailTemplates(IOptions<ServiceOptions> service)
{
    private const string Layout = "layout.html";
    private const string Link = "{link}";

    /// <summary>Makes a mail. Values are text: nothing in them is read as markup, as a header or as the name of another value.</summary>
    /// <param name="owner">The assembly that holds the text.</param>
    /// <param name="file">The name of the text's resource.</param>
    /// <param name="to">The address.</param>
    /// <param name="values">What stands for the names.</param>
    /// <returns>The mail, in both forms.</returns>
    public MailMessage Render(Assembly owner, string file, string to, params ReadOnlySpan<(string Name, string Value)> values)
    {
        ArgumentNullException.ThrowIfNull(owner);
        var known = values.ToArray().Append(("service", service.Value.Name)).ToFrozenDictionary(value => value.Item1, value => OneLine(value.Item2));
        var (subject, body) = Read(owner, file).Split('\n', 2) is [var first, var rest] ? (Fill(first, known), rest.Trim()) : ("", "");
        var paragraphs = string.Concat(BlankLines().Split(body).Select(paragraph => Paragraph(paragraph, known)));
        var page = new Dictionary<string, string> { ["title"] = WebUtility.HtmlEncode(subject), ["body"] = paragraphs };

        return new MailMessage(to, subject, Fill(body, known), Fill(Read(typeof(MailTemplates).Assembly, Layout), page));
    }

    // Our texts alone decide what is a link: an address that somebody typed in never becomes one.
    private static string Paragraph(string text, IReadOnlyDictionary<string, string> values)
    {
        var content = WebUtility.HtmlEncode(Fill(text, values));

        return text == Link ? $"<p><a href=\"{content}\">{content}</a></p>\n" : $"<p>{content}</p>\n";
    }

    // In one pass: what looks like a name within a value stays as it is.
    private static string Fill(string text, IReadOnlyDictionary<string, string> values) =>
        Names().Replace(text, name => values.GetValueOrDefault(name.Groups["name"].Value, name.Value));

    // A line break would make another paragraph of it, or another header of a subject.
    private static string OneLine(string value) => LineBreaks().Replace(value, " ");

    private static string Read(Assembly owner, string file)
    {
        using var stream = owner.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{owner.GetName().Name} holds no mail {file}: embed it with its file name as LogicalName.");
        using var reader = new StreamReader(stream);

        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\{(?<name>\w+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Names();

    [GeneratedRegex(@"\n[ \t]*\n\s*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BlankLines();

    [GeneratedRegex(@"[\p{Cc}\p{Zl}\p{Zp}]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LineBreaks();
}
