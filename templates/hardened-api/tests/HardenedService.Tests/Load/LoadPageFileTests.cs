using System.Net;
using System.Text.Json;
using HardenedService.Operations.Load;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Security;

namespace HardenedService.Tests.Load;

/// <summary>The page that <c>load --html</c> writes, of a run against the API as it is.</summary>
public sealed class LoadPageFileTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task It_shows_what_the_file_for_programs_says()
    {
        var folder = Directory.CreateTempSubdirectory();
        var (page, json) = (Path.Combine(folder.FullName, "load.html"), Path.Combine(folder.FullName, "load.json"));
        var (exitCode, output, error) = await UsersCommandTests.CallAsync(
            api, $"load --url {api.Client.BaseAddress} --users 3 --duration 3s --think 50ms --slo p99=1m,errors=50% --json {json} --html {page}");

        Assert.True(exitCode == 0, $"{output}\n{error}");
        var text = WebUtility.HtmlDecode(await File.ReadAllTextAsync(page));
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        folder.Delete(recursive: true);

        Assert.StartsWith("<!DOCTYPE html>", text, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", text, StringComparison.Ordinal);
        Assert.All(LoadOperations.All, operation => Assert.Contains($"<bdi>{operation.Name}</bdi>", text, StringComparison.Ordinal));
        Assert.All(
            report.RootElement.GetProperty("operations").EnumerateArray(),
            operation => Assert.Contains($"<bdi>{operation.GetProperty("name")}</bdi></th><td>{operation.GetProperty("count")}</td><td>{operation.GetProperty("errors")}</td>", text, StringComparison.Ordinal));
        Assert.All(
            report.RootElement.GetProperty("seconds").EnumerateArray(),
            second => Assert.Contains($"<th scope=\"row\">{second.GetProperty("second")}</th><td>{second.GetProperty("started")}</td><td>{second.GetProperty("finished")}</td>", text, StringComparison.Ordinal));
        Assert.Contains($"at <bdi>{api.Client.BaseAddress}</bdi>", text, StringComparison.Ordinal);
        Assert.Contains("The load generator itself", text, StringComparison.Ordinal);
    }
}
