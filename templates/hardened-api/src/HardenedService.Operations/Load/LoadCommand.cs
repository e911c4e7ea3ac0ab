using System.CommandLine;
using HardenedService.Operations.Configuration;
using HardenedService.Operations.Load.Pages;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Operations.Load;

/// <summary>The verb <c>load</c>.</summary>
internal static class LoadCommand
{
    private const int Failed = 1;

    // Those who build it. More are people who depend on it.
    private const int Handful = 5;

    public static Command Create(IConfiguration configuration)
    {
        var options = new LoadOptions();
        var command = new Command(
            "load",
            "Asks the service as many people would, and looks whether it keeps what it promises: calls arrive when they are due, however slow it is. It makes "
                + "accounts for itself, as the operator role, and has them erased afterwards; what it does is audited. The record of it is what `readiness` reads. "
                + "Exit codes: 0 the SLO is met, 1 it is not, or it could not be tested, 2 wrong usage.")
        {
            options.Url, options.Users, options.Duration, options.Think, options.Rate, options.Mix, options.Slo, options.Growth, options.Json, options.Html, options.Yes, options.Clean,
        };
        command.SetAction(async (call, cancel) =>
        {
            var database = configuration.RequireConnectionString("Operations:OperatorConnectionString");

            if (call.GetValue(options.Clean))
            {
                return await CleanAsync(database, call.InvocationConfiguration.Output, cancel);
            }

            var url = call.GetValue(options.Url) ?? ServiceAddress.Public(configuration);
            options.Demand(call);
            await AskAsync(call.GetValue(options.Yes), url, database, cancel);
            var test = new LoadTest(database, url, ServiceLevel.Parse(call.GetRequiredValue(options.Slo)), call.InvocationConfiguration.Error);
            var steps = await test.RunAsync([.. options.Plans(call)], cancel);
            var report = LoadSteps.Sum(steps);
            var isWhole = !cancel.IsCancellationRequested;

            new LoadTable(Terminal.Width).Write(report, call.InvocationConfiguration.Output);

            if (!isWhole)
            {
                await call.InvocationConfiguration.Error.WriteLineAsync("Stopped before its end: it proves nothing, and was not recorded.");
            }

            var isRecorded = isWhole && await test.RecordAsync(steps, CancellationToken.None);
            await WholeFile.WriteAsync(call.GetValue(options.Json), LoadJson.Write(report), CancellationToken.None);
            await WholeFile.WriteAsync(call.GetValue(options.Html), LoadPage.Render(report), CancellationToken.None);

            return isRecorded && report.IsKept ? 0 : Failed;
        });
        return command;
    }

    // An address tells little: production may be this machine, or a port that is forwarded to it.
    private static async Task AskAsync(bool isMeant, Uri url, string database, CancellationToken cancel)
    {
        if (isMeant)
        {
            return;
        }

        if (!url.IsLoopback)
        {
            throw new UsageException($"{url} is not on this machine: people may depend on it, and would wait for their answers among the test's. Say --yes if that is meant.");
        }

        if (await LoadAccounts.CountOthersAsync(database, cancel) is > Handful and var people)
        {
            var where = new NpgsqlConnectionStringBuilder(database);

            throw new UsageException(FormattableString.Invariant(
                $"{people} people have an account in the database {where.Database} at {where.Host}: they would wait for their answers among the test's. Say --yes if that is meant."));
        }
    }

    private static async Task<int> CleanAsync(string database, TextWriter output, CancellationToken cancel)
    {
        var count = await LoadAccounts.CleanAsync(database, cancel);
        await output.WriteLineAsync(count == 0
            ? "No accounts were left over."
            : FormattableString.Invariant($"{count} accounts were left over. They are disabled, and the service erases them within a minute."));

        return 0;
    }
}
