using HardenedStarter.Build;

namespace HardenedStarter.Tests.Shipping;

/// <summary>The second opinion on what ships the service: schemas and linters that others wrote. No engine and no cluster is asked.</summary>
public sealed class ShippingLintTests(TemplateFixture template)
{
    private static readonly string Ops = Path.Combine(Repository.Template, "ops");

    public static TheoryData<string> Manifests =>
        [.. Directory.GetFiles(Path.Combine(Ops, "kubernetes"), "*.yaml").Select(file => Path.GetFileName(file)!).Where(name => name != "kustomization.yaml")];

    [Fact]
    public async Task The_dockerfile_is_one()
    {
        Assert.Empty(await Linters.DockerfileAsync(Path.Combine(Ops, "containers", "Dockerfile")));
        Assert.Contains("Unknown instruction: STOPSIGNALS", Assert.Single(await Linters.DockerfileAsync(Planted("containers/Dockerfile", "STOPSIGNAL", "STOPSIGNALS"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_compose_file_is_of_the_schema()
    {
        Assert.Empty(await Linters.ComposeAsync(Path.Combine(Ops, "compose.yaml")));
        Assert.Contains("additional properties", Assert.Single(await Linters.ComposeAsync(Planted("compose.yaml", "  mem_limit: 512m", "  memlimit: 512m"))), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public async Task A_manifest_is_of_the_schema(string file) => Assert.Empty(await Linters.ManifestsAsync(Path.Combine(Ops, "kubernetes", file)));

    [Theory]
    [InlineData("replicas: 3", "replicas: three", "Deployment/spec/replicas")]
    [InlineData("maxSurge", "maxSurges", "Deployment/spec/strategy/rollingUpdate has no maxSurges")]
    [InlineData("apiVersion: apps/v1", "apiVersion: apps/v9", "apps/v9 has no Deployment")]
    public async Task A_manifest_that_is_not_is_found(string written, string planted, string finding) =>
        Assert.Contains(finding, Assert.Single(await Linters.ManifestsAsync(Planted("kubernetes/deployment.yaml", written, planted))), StringComparison.Ordinal);

    [Fact]
    public async Task The_workflows_are_some()
    {
        var workflows = Path.Combine(Repository.Template, ".github", "workflows");
        Assert.All(await Task.WhenAll(Directory.GetFiles(workflows).Select(Linters.WorkflowAsync)), Assert.Empty);

        Assert.Contains("is potentially untrusted", Assert.Single(await Linters.WorkflowAsync(Planted(
            "../.github/workflows/ci.yml", "-- format", "-- format ${{ github.event.pull_request.title }}"))), StringComparison.Ordinal);
        Assert.Contains("unexpected key", Assert.Single(await Linters.WorkflowAsync(Planted(
            "../.github/workflows/nightly.yml", "timeout-minutes", "timeout-minute"))), StringComparison.Ordinal);
    }

    private string Planted(string file, string written, string planted)
    {
        var text = File.ReadAllText(Path.Combine(Ops, file));
        Assert.Contains(written, text, StringComparison.Ordinal);
        var copy = Path.Combine(template.NewFolder(), Path.GetFileName(file));
        File.WriteAllText(copy, text.Replace(written, planted, StringComparison.Ordinal));

        return copy;
    }
}
