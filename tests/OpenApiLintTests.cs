using System.Reflection;
using System.Text.Json.Nodes;
using HardenedStarter.Build;
using HardenedStarter.Build.Trying;

namespace HardenedStarter.Tests;

/// <summary>The OpenAPI document of the emitted service is one that the tools of others read without a complaint.</summary>
public sealed class OpenApiLintTests(OpenApiLintTests.Document document) : IClassFixture<OpenApiLintTests.Document>
{
    [Fact]
    public async Task Redocly_finds_nothing() => Assert.Empty(await Linters.RedoclyAsync(document.Path));

    [Fact]
    public async Task Spectral_finds_nothing() => Assert.Empty(await Linters.SpectralAsync(document.Path));

    [Fact]
    public async Task Both_find_what_is_broken()
    {
        var broken = JsonNode.Parse(await File.ReadAllTextAsync(document.Path))!;
        var register = broken["paths"]!["/v1/accounts"]!["post"]!.AsObject();
        register["requestBody"]!["content"]!["application/json"]!["schema"]!["$ref"] = "#/components/schemas/Nowhere";
        register.Remove("operationId");
        var path = document.Path + ".broken.json";
        await File.WriteAllTextAsync(path, broken.ToJsonString());

        var (redocly, spectral) = (await Linters.RedoclyAsync(path), await Linters.SpectralAsync(path));
        Assert.Contains(redocly, problem => problem.Contains("no-unresolved-refs", StringComparison.Ordinal));
        Assert.Contains(redocly, problem => problem.Contains("operation-operationId", StringComparison.Ordinal));
        Assert.Contains(spectral, problem => problem.Contains("invalid-ref", StringComparison.Ordinal));
        Assert.Contains(spectral, problem => problem.Contains("operation-operationId", StringComparison.Ordinal));
    }

    /// <summary>As the service hands it out: started in place by its own development runner.</summary>
    public sealed class Document(TemplateFixture template) : IAsyncLifetime
    {
        public string Path { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            var folder = template.NewFolder();
            var configuration = typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
            var cancel = TestContext.Current.CancellationToken;
            await using var service = await RunningService.StartAsync(Repository.Template, System.IO.Path.Combine(folder, "data"), cancel, configuration);
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });

            Path = System.IO.Path.Combine(folder, "v1.json");
            await File.WriteAllTextAsync(Path, await client.GetStringAsync(new Uri(service.Ports.Management, "openapi/v1.json"), cancel), cancel);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
