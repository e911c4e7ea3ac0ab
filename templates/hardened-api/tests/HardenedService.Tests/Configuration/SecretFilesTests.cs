using HardenedService.Platform.Configuration;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Configuration;

public sealed class SecretFilesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hardened-service-secrets-");

    [Theory]
    [InlineData("secret of a file", "secret of a file")]
    [InlineData("secret of a file\n", "secret of a file")]
    [InlineData("secret of a file\r\n", "secret of a file")]
    [InlineData(" secret of a file ", " secret of a file ")]
    public void A_file_is_a_setting_named_after_it_less_the_line_end(string content, string value)
    {
        Write("Mail__Password", content);
        Directory.CreateDirectory(In("kubernetes.io"));

        Assert.Equal(value, Read()["Mail:Password"]);
    }

    [Fact]
    public void The_environment_wins_over_a_file_and_a_file_over_what_came_before()
    {
        // The variable is this test's own: no other test reads it.
        Environment.SetEnvironmentVariable("SecretFilesTests__Both", "environment");
        Write("SecretFilesTests__Both", "file");
        Write("SecretFilesTests__Known", "file");

        var configuration = Read(("SecretFilesTests:Known", "appsettings"));

        Assert.Equal("environment", configuration["SecretFilesTests:Both"]);
        Assert.Equal("file", configuration["SecretFilesTests:Known"]);
    }

    [Fact]
    public async Task The_api_reads_its_secrets_from_files()
    {
        Write("Mail__UserName", "the api\n");
        using var api = ApiProgram.Start(
            "Development", [.. Settings(), ("Secrets:Directory", _directory.FullName), ("Mail:Port", "none")]);

        // One fault is planted, so that it ends by itself; the file, were it not read or not known, would be another or none.
        Assert.Equal(SettingsException.ExitCode, await api.ExitAsync());
        Assert.DoesNotContain("Mail:UserName", api.Error, StringComparison.Ordinal);

        Write("Mail__UserNaem", "the api\n");
        using var misspelled = ApiProgram.Start("Development", [.. Settings(), ("Secrets:Directory", _directory.FullName)]);
        Assert.Equal(SettingsException.ExitCode, await misspelled.ExitAsync());
        Assert.Contains("  Mail:UserNaem: is no setting", misspelled.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_a_fault_and_no_stack_trace()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links ask for a privilege.");
        File.CreateSymbolicLink(In("Mail__Password"), "/nowhere/at/all");
        using var api = ApiProgram.Start("Development", [.. Settings(), ("Secrets:Directory", _directory.FullName)]);

        Assert.Equal(SettingsException.ExitCode, await api.ExitAsync());
        Assert.Contains($"  Mail:Password: cannot be read from its file in {_directory.FullName}", api.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", api.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static (string Key, string Value)[] Settings() =>
        [.. ApiHost.Settings.Select(setting => (setting.Key, setting.Value)), ("Database:ConnectionString", "Host=127.0.0.1;Port=1")];

    private ConfigurationManager Read(params (string Key, string? Value)[] before)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection([
            KeyValuePair.Create("Secrets:Directory", (string?)_directory.FullName),
            .. before.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)),
        ]);
        configuration.AddEnvironmentVariables();
        configuration.AddSecretFiles();

        return configuration;
    }

    private string In(string name) => Path.Combine(_directory.FullName, name);

    private void Write(string name, string content) => File.WriteAllText(In(name), content);
}
