using System.CommandLine;
using HardenedService.Operations.Configuration;
using HardenedService.Operations.Load.Pages;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Load;

/// <summary>The verb <c>load</c>.</summary>
internal static class LoadCommand
{
    private const int Failed = 1;

    public static Command Create(IConfiguration configuration)
    {
        var options = new LoadOptions();
        var command = new Command(
            "load",
            "Asks the service as many people would, and looks whether it keeps what it promises: calls arrive when they are due, however slow it is. It makes "
                + "accounts for itself, as the operator role, and has them erased afterwards; what it does is audited. The record of it is what `readiness` reads. "
                + "Exit codes: 0 the SLO is met, 1 it is not, 2 wrong usage.")
        {
            options.Url, options.Users, options.Duration, options.Think, options.Rate, options.Mix, options.Slo, options.Growth, options.Json, options.Html, options.Yes,
        };
        command.SetAction(async (call, cancel) =>
        {
            var url = call.GetValue(options.Url) ?? ServiceAddress.Public(configuration);
            Demand(call, options, url);
            var test = new LoadTest(
                configuration.RequireConnectionString("Operations:OperatorConnectionString"), url, call.GetRequiredValue(options.Slo), call.InvocationConfiguration.Error);
            var report = await test.RunAsync([.. options.Plans(call)], cancel);

            new LoadTable(Terminal.Width).Write(report, call.InvocationConfiguration.Output);

            if (call.GetValue(options.Json) is { } file)
            {
                await File.WriteAllTextAsync(file.FullName, LoadJson.Write(report), CancellationToken.None);
            }

            if (call.GetValue(options.Html) is { } page)
            {
                await File.WriteAllTextAsync(page.FullName, LoadPage.Render(report), CancellationToken.None);
            }

            if (cancel.IsCancellationRequested)
            {
                await call.InvocationConfiguration.Error.WriteLineAsync("Stopped before its end: it proves nothing, and was not recorded.");
                return Failed;
            }

            await test.RecordAsync(report, cancel);

            return report.SloMet && report.Growth?.All(step => step.SloMet) != false ? 0 : Failed;
        });
        return command;
    }

    private static void Demand(ParseResult call, LoadOptions options, Uri url)
    {
        if (!url.IsLoopback && !call.GetValue(options.Yes))
        {
            throw new UsageException($"{url} is not on this machine: people may depend on it, and would wait for their answers among the test's. Say --yes if that is meant.");
        }

        if (call.GetValue(options.Rate) is not null && call.GetValue(options.Growth) is { Length: > 0 })
        {
            throw new UsageException("--rate is of one number of people, and --growth of several: name one of them.");
        }
    }
}
