using HardenedService.Operations.Readiness;

namespace HardenedService.Operations.Load;

/// <summary>A load test from the accounts that it makes to the record that it leaves.</summary>
/// <param name="connectionString">The database of the service, as the operator.</param>
/// <param name="url">The service.</param>
/// <param name="slo">What is promised, of <see cref="ServiceLevel"/>.</param>
/// <param name="progress">Is told how it goes on.</param>
internal sealed class LoadTest(string connectionString, Uri url, string slo, TextWriter progress)
{
    // Signing in is limited, and dear: beyond these, people share accounts, each with enough left of its own limit.
    private const int MostAccounts = 50;

    /// <summary>Runs one plan after the other.</summary>
    /// <param name="plans">By the number of people.</param>
    /// <param name="cancel">Ends it, after which the accounts are removed all the same.</param>
    /// <returns>Of the greatest number of people with which the service kept what it promises; of the smallest if with none. It has the growth over all.</returns>
    public async Task<LoadReport> RunAsync(IReadOnlyList<LoadPlan> plans, CancellationToken cancel)
    {
        List<LoadReport> reports = [];

        await using (var accounts = await MakeAccountsAsync(Math.Min(MostAccounts, plans.Max(plan => plan.Users)), cancel))
        {
            using var client = plans[0].Connect(url);
            await SayAsync(FormattableString.Invariant($"Signing in to {accounts.Users.Count} accounts that were made for it."));
            await LoadSignIn.AllAsync(client, accounts.Users, cancel);

            foreach (var plan in plans)
            {
                reports.Add(await RunAsync(plan, accounts.Users, client, cancel));

                if (cancel.IsCancellationRequested)
                {
                    break;
                }
            }
        }

        await SayAsync("The accounts are disabled, and the service erases them within a minute.");
        var report = reports.LastOrDefault(report => report.SloMet) ?? reports[0];

        return plans.Count == 1 ? report : report with { Growth = [.. reports.Select(step => step.Sum())] };
    }

    /// <summary>Writes down what it has shown.</summary>
    public Task RecordAsync(LoadReport report, CancellationToken cancel) => new EvidenceLog(connectionString).WriteAsync(
        EvidenceKind.LoadTest,
        new
        {
            report.Users,
            Seconds = report.Duration.TotalSeconds,
            Rate = Math.Round(report.All.Rate, 1),
            P99Milliseconds = Math.Round(report.P99, 1),
            ErrorRatio = report.Sum().Errors,
            LimitedRatio = report.Sum().Limited,
            report.SloMet,
            report.Slo,
            Url = $"{report.Url}",
        },
        cancel);

    private async Task<LoadAccounts> MakeAccountsAsync(int count, CancellationToken cancel)
    {
        var accounts = await LoadAccounts.MakeAsync(connectionString, count, cancel);

        if (accounts.Left > 0)
        {
            await SayAsync(FormattableString.Invariant($"{accounts.Left} accounts were left over from a test that was killed: they are being erased."));
        }

        return accounts;
    }

    private async Task<LoadReport> RunAsync(LoadPlan plan, IReadOnlyList<LoadUser> users, HttpClient client, CancellationToken cancel)
    {
        await SayAsync(FormattableString.Invariant($"{plan.Users} users, {plan.Rate:0.##} calls a second, {plan.Duration.TotalSeconds:0.#} s. Each second: answers, their p99, failures, and what is under way."));
        var run = new LoadRun(plan, users.Take(plan.Users).ToList(), client, Random.Shared);
        var found = await run.RunAsync((second, inFlight) => progress.WriteLine(LoadTable.Line(second, inFlight)), cancel);

        return LoadReport.Of(TimeProvider.System.GetUtcNow(), url, plan, slo, found);
    }

    private Task SayAsync(string line) => progress.WriteLineAsync(line);
}
