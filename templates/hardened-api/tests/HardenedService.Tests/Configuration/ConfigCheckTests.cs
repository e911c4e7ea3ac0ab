using HardenedService.Operations;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Configuration;

[Wall("J1")]
public sealed class ConfigCheckTests(Certificates certificates) : IClassFixture<Certificates>
{
    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    [InlineData("Development")]
    public async Task Sound_settings_are_exit_code_0_and_it_says_what_it_checked(string environment)
    {
        var (exitCode, output, error) = await CheckAsync($"--environment {environment}");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith($"The API's settings are sound for {environment}: its appsettings files", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_are_exit_code_1_and_the_list_that_the_api_would_print()
    {
        (string, string)[] wrong = [("Service:PublicUrl", "http://canary.example"), ("Mail:Port", "canary"), ("Mail:Form", "canary"), ("AllowedHosts", "*")];
        var (exitCode, output, error) = await CheckAsync("--environment Production", wrong);
        using var api = ApiProgram.Start("Production", [.. Sound(), .. wrong]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal(78, await api.ExitAsync());
        Assert.Equal(error.ReplaceLineEndings("\n").Trim(), api.Error.Trim());
        Assert.Equal(4, error.Split('\n').Count(line => line.StartsWith("  ", StringComparison.Ordinal)));
        Assert.DoesNotContain("canary", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_apis_own_settings_file_is_the_one_that_is_checked() =>
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), TestContext.Current.CancellationToken),
            await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "api", "appsettings.json"), TestContext.Current.CancellationToken));

    [Fact]
    public async Task Without_an_environment_it_checks_for_production()
    {
        Assert.SkipWhen(
            (Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")) is not null,
            "An environment is named here.");

        var (exitCode, _, error) = await CheckAsync("", ("Service:PublicUrl", "http://service.example"));

        Assert.Equal(1, exitCode);
        Assert.Contains("  Service:PublicUrl: must begin with https://", error, StringComparison.Ordinal);
    }

    private (string Key, string Value)[] Sound() => ProductionSettings.Sound(certificates.KeyRing("check"));

    private async Task<(int ExitCode, string Output, string Error)> CheckAsync(string arguments, params (string Key, string Value)[] settings)
    {
        var values = new Dictionary<string, string?>();

        foreach (var (key, value) in Sound().Concat(settings))
        {
            values[key] = value;
        }

        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var exitCode = await OperationsConsole.InvokeAsync(
            ["config", "check", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            new ConfigurationBuilder().AddInMemoryCollection(values).Build(),
            output,
            error,
            TestContext.Current.CancellationToken);

        return (exitCode, output.ToString(), error.ToString());
    }
}
