using System.Reflection;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Conformance;

/// <summary>
/// The walls that this service stands behind, each beside the tests that attack it. <c>dotnet test --filter Wall=D1</c> runs those of one.
/// </summary>
public sealed class WallTests
{
    private static readonly string[] Walls =
    [
        "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11",
        "B13", "B14",
        "D1", "D2", "D3", "D4", "D5", "D6", "D7",
        "E4",
        "F1", "F2", "F3", "F4", "F5",
        "G1", "G2", "G3", "G4",
        "H1", "H2", "H3", "H4", "H5",
        "J1", "J2", "J3",
    ];

    private static readonly ILookup<string, string> Attacks = AttacksIn(typeof(WallTests).Assembly.GetTypes());

    public static IEnumerable<TheoryDataRow<string>> Rows() =>
        Walls.Select(wall => new TheoryDataRow<string>(wall) { TestDisplayName = $"Wall {wall} is attacked by: {string.Join("; ", Attacks[wall])}" });

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_wall_is_attacked_by_a_test(string wall) =>
        Assert.True(Attacks.Contains(wall), $"No test attacks wall {wall}: write one, prove it by a mutation, and mark it [Wall(\"{wall}\")].");

    [Fact]
    public void An_attack_names_a_wall_that_is_on_the_list() => Assert.Empty(Attacks.Select(attack => attack.Key).Except(Walls));

    // A test that is skipped attacks nothing.
    private static ILookup<string, string> AttacksIn(IEnumerable<Type> types) =>
        (from type in types
         from method in type.GetMethods()
         where method.GetCustomAttribute<FactAttribute>() is { Skip: null }
         from wall in method.GetCustomAttributes<WallAttribute>().Concat(type.GetCustomAttributes<WallAttribute>())
         select (wall.Id, Test: $"{type.Name}.{method.Name}")).ToLookup(attack => attack.Id, attack => attack.Test);
}
