using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using HardenedService.Platform.Configuration;

namespace HardenedService.Tests.Conformance;

/// <summary>A setting as the documents tell of it.</summary>
/// <param name="Key">Its key, with <c>&lt;name&gt;</c> for a name and 0 for the first of several.</param>
/// <param name="Takes">What values it takes.</param>
/// <param name="Default">What it is otherwise.</param>
/// <param name="Purpose">What it is for.</param>
internal sealed record DocumentedSetting(string Key, string Takes, string Default, string Purpose);

/// <summary>The tables of settings, made from the records of options and their documentation.</summary>
internal static partial class SettingsDocument
{
    private const string DefaultMark = " Default: ";

    // What nobody should read in a list of processes, a log or a repository.
    private static readonly string[] Secrets = ["ConnectionString", "Password", "ApiKey"];

    private static readonly Dictionary<string, string> Summaries = Directory.EnumerateFiles(AppContext.BaseDirectory, "HardenedService.*.xml")
        .SelectMany(file => XDocument.Load(file).Descendants("member"))
        .Where(member => member.Element("summary") is not null)
        .DistinctBy(member => member.Attribute("name")!.Value)
        .ToDictionary(member => member.Attribute("name")!.Value, member => Text(member.Element("summary")!), StringComparer.Ordinal);

    /// <summary>A heading, a sentence and a table for each section.</summary>
    public static string Render(IEnumerable<(string Name, Type Options)> sections)
    {
        var text = new StringBuilder();

        foreach (var (name, options) in sections.OrderBy(section => section.Name, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {(name.Length == 0 ? "At the root" : $"`{name}`")}\n\n{Summary($"T:{options.FullName}")}\n\n")
                .Append("| setting | variable | takes | default | |\n| --- | --- | --- | --- | --- |\n");

            foreach (var setting in Rows(name, options))
            {
                var variable = setting.Key.Replace(":", "__", StringComparison.Ordinal);
                text.Append(CultureInfo.InvariantCulture, $"| `{setting.Key}` | `{variable}` | {setting.Takes} | {setting.Default} | {setting.Purpose} |\n");
            }
        }

        return text.ToString();
    }

    /// <summary>The settings of a section.</summary>
    public static IEnumerable<DocumentedSetting> Rows(string section, Type options) => Rows(section, options, Activator.CreateInstance(options), inherited: "");

    /// <summary>Defaults that the documentation states otherwise than the code.</summary>
    public static IEnumerable<string> WrongDefaults(Type options) =>
        from property in SettingType.Settable(options)
        let stated = StatedDefault(property)
        let actual = property.GetValue(Activator.CreateInstance(options))
        where stated is not null && Quantity(stated) is { } quantity && Quantity(actual) is { } value && quantity != value
        select $"{options.Name}.{property.Name}: its documentation says {stated}, and it is {actual}.";

    private static IEnumerable<DocumentedSetting> Rows(string path, Type type, object? instance, string inherited)
    {
        foreach (var property in SettingType.Settable(type))
        {
            var key = path.Length == 0 ? property.Name : $"{path}:{property.Name}";
            var (takes, named) = (property.PropertyType, instance is not null);
            var purpose = $"{inherited} {Purpose(property)}".Trim();
            inherited = "";

            if (!SettingType.IsScalar(takes) && takes.IsGenericType)
            {
                // Of a dictionary the values, of a list the elements.
                key += takes.GetGenericArguments().Length == 2 ? ":<name>" : ":0";
                named = takes.GetGenericArguments().Length == 1;
                takes = takes.GetGenericArguments()[^1];
            }

            if (SettingType.IsScalar(takes))
            {
                var stated = StatedDefault(property) ?? (instance is null ? "" : Words(property, property.GetValue(instance)));
                yield return new(key, Takes(property, takes), stated, purpose);
                continue;
            }

            var value = named ? (takes == property.PropertyType ? property.GetValue(instance) : null) ?? Activator.CreateInstance(takes) : null;

            foreach (var below in Rows(key, takes, value, purpose))
            {
                yield return below;
            }
        }
    }

    private static string Takes(PropertyInfo property, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var range = property.GetCustomAttribute<RangeAttribute>();

        return type switch
        {
            { IsEnum: true } => string.Join(", ", Enum.GetNames(type)),
            _ when range?.Maximum is int.MaxValue or double and > int.MaxValue => $"{range.Minimum} or more",
            _ when range is not null => $"{Bound(range, range.Minimum)} to {Bound(range, range.Maximum)}",
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(TimeSpan) => "a duration",
            _ when type == typeof(Uri) => "an address",
            _ when type != typeof(string) => "a number",
            _ when Secrets.Contains(property.Name) => "a secret",
            _ when property.GetCustomAttribute<EmailAddressAttribute>() is not null => "a mail address",
            _ => "text",
        };
    }

    private static string Bound(RangeAttribute range, object bound) => range.OperandType == typeof(TimeSpan)
        ? Words(TimeSpan.Parse($"{bound}", CultureInfo.InvariantCulture))
        : string.Create(CultureInfo.InvariantCulture, $"{bound}");

    private static string Words(PropertyInfo property, object? value) => value switch
    {
        null or "" => property.GetCustomAttribute<RequiredAttribute>() is null ? "none" : "required",
        TimeSpan time => Words(time),
        string text => $"`{text}`",
        bool flag => flag ? "true" : "false",
        System.Collections.IEnumerable => "none",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    private static string Words(TimeSpan time)
    {
        (double Number, string Unit)[] ways = [(time.TotalDays, "day"), (time.TotalHours, "hour"), (time.TotalMinutes, "minute"), (time.TotalSeconds, "second")];
        var (number, unit) = Array.Find(ways, way => way.Number >= 1 && way.Number == Math.Floor(way.Number));

        return time == TimeSpan.Zero ? "0" : unit is null
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds} ms")
            : string.Create(CultureInfo.InvariantCulture, $"{number} {unit}{(number == 1 ? "" : "s")}");
    }

    // A number in its smallest unit; what counts by more than one has none.
    private static double? Quantity(object? value) => value switch
    {
        TimeSpan time => time.TotalMilliseconds,
        int or long or double => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        string text when Stated().Match(text) is { Success: true } match => double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) * (match.Groups["unit"].Value switch
        {
            "second" => 1000,
            "minute" => 60_000,
            "hour" => 3_600_000,
            "day" => 86_400_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => 1,
        }),
        _ => null,
    };

    private static string Purpose(PropertyInfo property) => Summary(Name(property)).Split(DefaultMark)[0];

    private static string? StatedDefault(PropertyInfo property) =>
        Summary(Name(property)).Split(DefaultMark) is [_, var stated] ? Null().Replace(stated.Split(". ")[0].TrimEnd('.'), "none") : null;

    private static string Name(PropertyInfo property) => $"P:{property.DeclaringType!.FullName!.Replace('+', '.')}.{property.Name}";

    private static string Summary(string member) => Summaries.TryGetValue(member, out var summary)
        ? summary
        : throw new InvalidOperationException($"{member} has no documentation, and what it is for has to stand somewhere.");

    private static string Text(XElement summary) => Spaces().Replace(string.Concat(summary.Nodes().Select(node => node switch
    {
        XElement { Name.LocalName: "see" } see => $"`{see.Attribute("cref")!.Value.Split('.')[^1]}`",
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement other => other.Value,
        _ => $"{node}".Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal),
    })), " ").Trim();

    [GeneratedRegex(@"^(?<number>[0-9]|[0-9][0-9.,]*[0-9])( (?<unit>ms|second|minute|hour|day|KiB|MiB|GiB)s?)?($|[,;])", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Stated();

    [GeneratedRegex("^null", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Null();

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();
}
