using System.Text.RegularExpressions;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Conformance;

/// <summary>docs/configuration.md tells of every setting that there is, as the code has it.</summary>
public sealed partial class SettingsDocumentTests
{
    private const string Heading = "## Settings of the API\n";

    // Features come and go, and the document stays as it is: theirs stand in documents of their own.
    private static readonly IReadOnlyList<OptionsSection> Sections =
    [
        .. ApiHost.Prepare("Development").Services.Select(service => service.ImplementationInstance).OfType<OptionsSection>()
            .Where(section => !section.Name.StartsWith($"{OutboundOptions.Section}:", StringComparison.Ordinal))
            .Where(section => !FeatureSample.All.Any(feature => section.Options.Namespace!.StartsWith(FeatureOf(feature), StringComparison.Ordinal)))
            .Append(new(typeof(OutboundClientOptions), $"{OutboundOptions.Section}:<name>", Shared: false)),
    ];

    [Fact]
    public async Task The_documented_settings_are_those_of_the_code() => await GeneratedDocument.IsUpToDateAsync(
        "configuration.md",
        "the records of options",
        documented => documented[..(documented.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length)] + SettingsDocument.Render(Sections.Select(section => (section.Name, section.Options))));

    [Fact]
    public void Every_default_that_is_documented_is_the_one_of_the_code()
    {
        Assert.Empty(ApiHost.Prepare("Development").Services.Select(service => service.ImplementationInstance).OfType<OptionsSection>()
            .SelectMany(section => SettingsDocument.WrongDefaults(section.Options)));
        Assert.Contains("its documentation says 2 seconds", Assert.Single(SettingsDocument.WrongDefaults(typeof(Planted))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_the_console_are_documented_as_well()
    {
        var root = GeneratedDocument.SolutionDirectory();
        var documented = await File.ReadAllTextAsync(Path.Combine(root, "docs", "configuration.md"), TestContext.Current.CancellationToken);
        var sources = Directory.EnumerateFiles(Path.Combine(root, "src", "HardenedService.Operations"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
        var read = sources.SelectMany(file => ConsoleKey().Matches(File.ReadAllText(file)).Select(match => match.Groups["key"].Value)).Distinct().ToList();

        Assert.True(read.Count > 8);
        Assert.All(read, key => Assert.Contains($"| `{key}` |", documented, StringComparison.Ordinal));
    }

    private static string FeatureOf(FeatureSample feature) => $"HardenedService.Api.{feature.GetType().Namespace!.Split('.')[^1]}";

    [GeneratedRegex("\"(?<key>(Operations|Backup|Recovery):[A-Za-z:]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ConsoleKey();

    /// <summary>Says what it is not.</summary>
    internal sealed record Planted
    {
        /// <summary>How long. Default: 2 seconds.</summary>
        public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(3);
    }
}
