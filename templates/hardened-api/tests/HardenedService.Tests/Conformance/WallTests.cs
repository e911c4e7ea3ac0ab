using System.Globalization;
using System.Reflection;
using System.Text;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Conformance;

/// <summary>Each wall stands beside the tests that attack it. <c>dotnet test --filter Wall=D1</c> runs those of one.</summary>
public sealed class WallTests
{
    private const string Heading = "## Walls\n";

    private static readonly ILookup<string, string> Attacks = AttacksIn(typeof(WallTests).Assembly.GetTypes());

    // Features come and go, and the document stays as it is: theirs are left out of it.
    private static readonly ILookup<string, string> Lasting = AttacksIn(
        typeof(WallTests).Assembly.GetTypes().Where(type => FeatureSample.All.All(feature => feature.GetType().Namespace != type.Namespace)));

    private static readonly IReadOnlyList<string> Known = [.. Walls.All.Keys.Concat(FeatureSample.All.SelectMany(feature => feature.Walls.Keys))];

    public static IEnumerable<TheoryDataRow<string>> Rows() =>
        Known.Select(wall => new TheoryDataRow<string>(wall) { TestDisplayName = $"Wall {wall} is attacked by: {string.Join("; ", Attacks[wall])}" });

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_wall_is_attacked_by_a_test(string wall) =>
        Assert.True(Attacks.Contains(wall), $"No test attacks wall {wall}: write one, prove it by a mutation, and mark it [Wall(\"{wall}\")].");

    [Fact]
    public void An_attack_names_a_wall_that_is_on_the_list() => Assert.Empty(Attacks.Select(attack => attack.Key).Except(Known));

    [Fact]
    public async Task The_threat_model_names_the_walls_and_their_tests() => await GeneratedDocument.IsUpToDateAsync(
        "threat-model.md", "Walls.cs", documented => documented[..(documented.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length)] + Table());

    private static string Table()
    {
        var table = new StringBuilder("\n| id | ASVS 5.0, API Top 10 | what holds | attacked by |\n| --- | --- | --- | --- |\n");

        foreach (var (id, (clause, promise)) in Walls.All)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {id} | {clause} | {promise} | {string.Join(", ", Lasting[id].Select(test => $"`{test.Split('.')[0]}`").Distinct().Order())} |\n");
        }

        return table.ToString();
    }

    // A test that is skipped attacks nothing.
    private static ILookup<string, string> AttacksIn(IEnumerable<Type> types) =>
        (from type in types
         from method in type.GetMethods()
         where method.GetCustomAttribute<FactAttribute>() is { Skip: null }
         from wall in method.GetCustomAttributes<WallAttribute>().Concat(type.GetCustomAttributes<WallAttribute>())
         select (wall.Id, Test: $"{type.Name}.{method.Name}")).ToLookup(attack => attack.Id, attack => attack.Test);
}
