using HardenedService.Operations;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Configuration;

/// <summary>The console asks a replica for its health, where nothing else could.</summary>
public sealed class ProbeTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Theory]
    [InlineData("live")]
    [InlineData("ready")]
    [InlineData("startup")]
    public async Task Yes_is_0_with_what_the_replica_says(string question)
    {
        var (exitCode, output, error) = await ProbeAsync(Port, question, "--wait", "60");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("\"status\":\"healthy\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_is_1_with_what_the_replica_says()
    {
        using var blind = ApiHost.Start(ApiHost.NoDatabase);
        var (exitCode, output, error) = await ProbeAsync($"{blind.Management.BaseAddress!.Port}", "ready");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("\"status\":\"unhealthy\"", error, StringComparison.Ordinal);
        Assert.Equal(0, (await ProbeAsync($"{blind.Management.BaseAddress!.Port}", "live")).ExitCode);
    }

    [Fact]
    public async Task No_answer_is_1_and_one_line()
    {
        var (exitCode, _, error) = await ProbeAsync("1", "ready", "--wait", "1");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("http://127.0.0.1:1/health/ready does not answer", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8081", "well")]
    [InlineData("http", "ready")]
    public async Task What_makes_no_sense_is_2(string port, string question) => Assert.Equal(2, (await ProbeAsync(port, question)).ExitCode);

    private string Port => $"{api.Api.Management.BaseAddress!.Port}";

    private static async Task<(int ExitCode, string Output, string Error)> ProbeAsync(string port, params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Service:ManagementPort", (string?)port)]).Build();
        var exitCode = await OperationsConsole.InvokeAsync(["probe", .. arguments], configuration, output, error, TestContext.Current.CancellationToken);

        return (exitCode, output.ToString(), error.ToString());
    }
}
