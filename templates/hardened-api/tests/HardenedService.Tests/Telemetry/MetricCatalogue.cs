using System.Reflection;
using System.Text.RegularExpressions;
using HardenedService.Api.Identity;
using HardenedService.Platform.Telemetry;

namespace HardenedService.Tests.Telemetry;

/// <summary>Every metric that the sources define.</summary>
internal static partial class MetricCatalogue
{
    public static IReadOnlyList<MetricDefinition> All { get; } =
    [
        .. new[] { typeof(ServiceMeter).Assembly, typeof(SignIn).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => field.FieldType == typeof(MetricDefinition))
            .Select(field => (MetricDefinition)field.GetValue(null)!)
            .OrderBy(metric => metric.Name, StringComparer.Ordinal),
    ];

    private static readonly Dictionary<string, MetricDefinition> ByName = All.ToDictionary(metric => metric.FullName, StringComparer.Ordinal);

    /// <summary>What is wrong with a measurement of this service's meter; null if nothing is.</summary>
    public static string? FaultOf(string instrument, IEnumerable<KeyValuePair<string, object?>> tags)
    {
        if (!ByName.TryGetValue(instrument, out var metric))
        {
            return $"{instrument} is not defined.";
        }

        var labels = tags.ToDictionary(tag => tag.Key, tag => $"{tag.Value}", StringComparer.Ordinal);

        return !labels.Keys.ToHashSet().SetEquals(metric.Labels.Select(label => label.Name))
            ? $"{instrument} has the labels {string.Join(", ", labels.Keys)}."
            : metric.Labels
                .Where(label => label.Values.Count > 0 ? !label.Values.Contains(labels[label.Name]) : !Registered().IsMatch(labels[label.Name]))
                .Select(label => $"{instrument} has {label.Name}=\"{labels[label.Name]}\".")
                .FirstOrDefault();
    }

    // What somebody wrote in a source. Nothing that a caller sends, and no id, looks like it: those have digits or more.
    [GeneratedRegex("^[A-Za-z][A-Za-z_.-]{0,59}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Registered();
}
