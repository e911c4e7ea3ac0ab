using Xunit.v3;

namespace HardenedService.Tests.Infrastructure;

/// <summary>
/// The test attacks a wall of the threat model, and fails if the attack works. <c>dotnet test --filter Wall=D1</c> runs the tests of one.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class WallAttribute(string id) : Attribute, ITraitAttribute
{
    public string Id => id;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Wall", id)];
}
