using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Shipping;

/// <summary>What ships the service, as it lies in <c>ops</c>.</summary>
internal static partial class Shipped
{
    /// <summary>The folder <c>ops</c> of the solution.</summary>
    public static string Folder { get; } = Path.Combine(GeneratedDocument.SolutionDirectory(), "ops");

    /// <summary>The Dockerfile.</summary>
    public static Dockerfile Image { get; } = Dockerfile.Parse(Read("containers/Dockerfile"));

    /// <summary>What <c>docker compose</c> makes of its file where no variable is set.</summary>
    public static JsonObject Compose { get; } = Yaml.Parse(Defaults().Replace(Read("compose.yaml"), "${default}")).Single();

    /// <summary>The manifests that the kustomization names.</summary>
    public static IReadOnlyList<JsonObject> Manifests { get; } =
        [.. Yaml.Parse(Read("kubernetes/kustomization.yaml")).Single()["resources"]!.AsArray().SelectMany(name => Yaml.Parse(Read($"kubernetes/{name}")))];

    /// <summary>The text of a file below <c>ops</c>.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file)).ReplaceLineEndings("\n");

    [GeneratedRegex(@"\$\{\w+:-(?<default>[^}]*)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Defaults();
}
