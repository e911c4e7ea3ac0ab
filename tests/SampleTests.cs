using System.Text.RegularExpressions;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

/// <summary>`--sample none` is the solution without the sample, and without a trace of it. <see cref="ItemTemplateTests"/> builds it and runs its tests.</summary>
public sealed partial class SampleTests(TemplateFixture template)
{
    [Fact]
    public async Task None_leaves_out_the_files_of_the_list_and_no_others()
    {
        var (with, without) = (await template.PublicAsync, await template.WithoutSampleAsync);
        var list = Path.Combine(Repository.Root, "tests", "Expected", "sample.txt");
        var left = with.Files.Except(without.Files, StringComparer.Ordinal);
        if (Environment.GetEnvironmentVariable(EmittedFilesTests.UpdateVariable) == "1")
        {
            await File.WriteAllLinesAsync(list, left);
        }

        Assert.Equal(await File.ReadAllLinesAsync(list), left);
        Assert.Empty(without.Files.Except(with.Files, StringComparer.Ordinal));
        Assert.Equal("none", without.ReadAnswers().Sample);
        Assert.Equal("documents", with.ReadAnswers().Sample);
    }

    [Fact]
    public async Task None_mentions_nothing_of_it()
    {
        var scaffold = await template.WithoutSampleAsync;
        Assert.Empty(scaffold.Files.SelectMany(file => Mention().Matches($"{file}\n{scaffold.Read(file)}").Select(match => $"{file}: {match.Value}")));
    }

    /// <summary>A document that the service's tests write cannot hold marks, so there are two of it: one without the rows of the sample's tables.</summary>
    [Fact]
    public async Task The_document_on_personal_data_lacks_the_rows_of_the_sample_and_no_others()
    {
        const string Name = "docs/personal-data.md";
        var shorter = Path.Combine(Repository.Root, "templates", "without-sample", Name);
        var expected = TemplateSource.Read(Name).Split('\n').Where(line => !line.StartsWith("| `documents.", StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable(EmittedFilesTests.UpdateVariable) == "1")
        {
            await File.WriteAllTextAsync(shorter, string.Join('\n', expected));
        }

        Assert.Equal(expected, (await File.ReadAllTextAsync(shorter)).Split('\n'));
    }

    [Fact]
    public async Task A_sample_that_does_not_exist_is_refused()
    {
        var directory = template.NewFolder();
        var result = await template.NewAsync(directory, ["--output", directory, "--sample", "invoices"]);
        Assert.False(result.Succeeded);
        Assert.Contains("'invoices' is not a valid value for --sample", result.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
    }

    // As a verb it may stay.
    [GeneratedRegex(@"\bDocuments\b|\bdocuments[._/]|[/""]documents\b|Document(Endpoints|Extensions|Permissions|Response|Sample)|clamd|(//|<!--)#", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Mention();
}
