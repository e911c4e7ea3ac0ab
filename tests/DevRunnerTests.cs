using System.Net;
using HardenedStarter.Build.Trying;

namespace HardenedStarter.Tests;

public sealed class DevRunnerTests(TemplateFixture template)
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task Killing_dotnet_run_leaves_no_process_and_the_data_can_be_used_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Looks for processes in /proc.");
        var feed = await template.FeedAsync;
        var scaffold = await template.ScaffoldAsync("Acme", "--feed", feed.Name);

        using (var first = Start(scaffold))
        {
            await first.SaysAsync(LongestStart);
            first.Kill();
            await Mentions.AssertNoneAsync(scaffold.Directory, LongestStop);
        }

        using var second = Start(scaffold);
        await second.SaysAsync(LongestStart);
        using var client = new ServiceClient(PortsOf(scaffold), CancellationToken.None);
        await client.CallAsync(HttpMethod.Get, "/v1/account", HttpStatusCode.Unauthorized);
        second.Kill();
        await Mentions.AssertNoneAsync(scaffold.Directory, LongestStop);
    }

    // As the README says: no option but the ports that were drawn.
    private static ToolProcess Start(Scaffold scaffold) =>
        ToolProcess.Start(scaffold.Directory, Path.GetTempPath(), $"ready {PortsOf(scaffold).Public.ToString().TrimEnd('/')}", "run", "--project", "dev/Acme.Dev");

    private static ServicePorts PortsOf(Scaffold scaffold)
    {
        var answers = scaffold.ReadAnswers();
        return new ServicePorts(answers.Port, answers.ManagementPort, answers.MailPort);
    }
}
