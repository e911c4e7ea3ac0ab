using System.Globalization;
using System.Text;
using HardenedService.Operations.Readiness;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Readiness;

/// <summary>What checks say of themselves: written down, whole, and with pages that are there.</summary>
public sealed class ReadinessDocumentTests
{
    private const string Heading = "## The checks\n";

    public static TheoryData<string> Ids => [.. ReadinessChecks.All.Select(check => check.Concern.Id)];

    [Fact]
    public async Task The_documented_checks_are_those_of_the_code() => await GeneratedDocument.IsUpToDateAsync(
        "readiness.md", "ReadinessChecks.All", documented => documented[..(documented.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length)] + Table());

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_check_says_what_it_is_in_sentences_and_where_to_read_on(string id)
    {
        var concern = Assert.Single(ReadinessChecks.All, check => check.Concern.Id == id).Concern;

        Assert.Matches("^[a-z]+(-[a-z]+)*$", concern.Id);
        Assert.All([concern.Proves, concern.DoesNotProve, concern.How], text => Assert.Matches("^[A-Z`].*[.]$", text));
        Assert.DoesNotMatch("[.]$", concern.Title);
        Assert.True(
            File.Exists(Path.Combine(GeneratedDocument.SolutionDirectory(), concern.Mend)) || Directory.Exists(Path.Combine(GeneratedDocument.SolutionDirectory(), concern.Mend)),
            $"{id} sends its reader to {concern.Mend}, which is not there.");
    }

    [Fact]
    public void The_plan_for_a_prototype_names_checks_that_there_are()
    {
        var plan = File.ReadAllLines(Path.Combine(GeneratedDocument.SolutionDirectory(), "docs", "rebuild-from-a-prototype.md"));
        var named = plan.SkipWhile(line => !line.StartsWith("| in the prototype", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.Length > 0)
            .Where(line => line.StartsWith('|')).Select(line => line.Split('|')[^2].Trim()).Where(cell => !cell.StartsWith("none", StringComparison.Ordinal))
            .SelectMany(cell => cell.Split(',')).Select(name => name.Trim().Trim('`')).ToList();

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(ReadinessChecks.All.Select(check => check.Concern.Id)));
    }

    private static string Table()
    {
        var table = new StringBuilder("\n| check | when | what it proves | what it does not | how, and for how long it holds | to mend it |\n| --- | --- | --- | --- | --- | --- |\n");

        foreach (var concern in ReadinessChecks.All.Select(check => check.Concern).OrderBy(concern => concern.Tier))
        {
            var holds = concern.Holds is { } time ? $" {Holding.Words(time)}." : "";
            table.Append(
                CultureInfo.InvariantCulture,
                $"| `{concern.Id}` | {StatusWords.Of(concern.Tier)}{(concern.IsOfDeployment ? ", of a deployment" : "")} | {concern.Title}. {Cell(concern.Proves)} | {Cell(concern.DoesNotProve)} | {Cell(concern.How)}{holds} | `{concern.Mend}` |\n");
        }

        return table.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
