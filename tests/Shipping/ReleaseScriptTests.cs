using HardenedService.Operations.Postgres;
using HardenedStarter.Build;

namespace HardenedStarter.Tests.Shipping;

/// <summary>What release.sh says before it does anything.</summary>
public sealed class ReleaseScriptTests(TemplateFixture template)
{
    [Theory]
    [InlineData("status", false, 1, "There is no folder {settings}/replicas: each replica has a file NAME.env in it.")]
    [InlineData("status", true, 1, "There is no replica: each has a file NAME.env in {settings}/replicas.")]
    [InlineData("1.0.0", false, 1, "There is no folder {settings}/replicas: each replica has a file NAME.env in it.")]
    [InlineData("--help", true, 2, "sh release.sh rollback")]
    [InlineData("", true, 2, "sh release.sh rollback")]
    public async Task What_is_not_there_or_not_meant_is_named(string what, bool hasFolder, int exitCode, string said)
    {
        var settings = template.NewFolder();
        var replicas = Path.Combine(settings, "replicas");

        if (hasFolder)
        {
            Directory.CreateDirectory(replicas);

            if (exitCode == 2)
            {
                await File.WriteAllTextAsync(Path.Combine(replicas, "a.env"), "Service__Port=1\n", TestContext.Current.CancellationToken);
            }
        }

        var start = Dotnet.StartInfo(settings, [Path.Combine(Repository.Template, "ops", "release.sh"), .. what.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        start.FileName = "/bin/sh";
        start.Environment["SETTINGS"] = settings;
        start.Environment["ROOT"] = Path.Combine(settings, "srv");
        var (code, output) = await SupervisedProcess.RunAsync(start, TestContext.Current.CancellationToken);

        Assert.Equal(exitCode, code);
        Assert.Contains(said.Replace("{settings}", settings, StringComparison.Ordinal), output, StringComparison.Ordinal);
    }
}
