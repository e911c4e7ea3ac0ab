using HardenedService.Operations.Readiness;
using Npgsql;

namespace HardenedService.Operations.Load;

/// <summary>A load test from the accounts that it makes to the record that it leaves.</summary>
/// <param name="connectionString">The database of the service, as the operator.</param>
/// <param name="url">The service.</param>
/// <param name="slo">What is promised.</param>
/// <param name="progress">Is told how it goes on.</param>
internal sealed class LoadTest(string connectionString, Uri url, ServiceLevel slo, TextWriter progress)
{
    // Signing in is limited, and dear: beyond these, people share accounts, each with enough left of its own limit.
    private const int MostAccounts = 50;

    // Of sign-ins between two lines that tell of them.
    private const int Interval = 10;

    // In calls a second: one that is asked less often stays cold.
    private const double LeastWarmUp = 10;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    /// <summary>Runs one plan after the other.</summary>
    /// <param name="plans">By the number of people.</param>
    /// <param name="cancel">Ends it, after which the accounts are removed all the same.</param>
    /// <returns>What came of each that was begun, one at least.</returns>
    public async Task<IReadOnlyList<LoadReport>> RunAsync(IReadOnlyList<LoadPlan> plans, CancellationToken cancel)
    {
        List<LoadReport> reports = [];
        var accounts = await MakeAccountsAsync(Math.Min(MostAccounts, plans.Max(plan => plan.Users)), cancel);

        try
        {
            using var client = plans[0].Connect(url);
            await SayAsync(FormattableString.Invariant($"Signing in to {accounts.Users.Count} accounts that were made for it."));
            await LoadSignIn.AllAsync(client, accounts.Users, count => SayOf(count, accounts.Users.Count), cancel);
            await WarmUpAsync(plans[0], accounts.Users, client, cancel);

            foreach (var plan in plans)
            {
                reports.Add(await RunPlanAsync(plan, [.. accounts.Users.Take(plan.Users)], client, cancel));

                if (cancel.IsCancellationRequested)
                {
                    break;
                }
            }
        }
        finally
        {
            await EndAsync(accounts);
        }

        return reports;
    }

    /// <summary>Writes down what it has shown, and says so if that is nothing.</summary>
    /// <returns>Whether it is recorded, or was not to be.</returns>
    public async Task<bool> RecordAsync(IReadOnlyList<LoadReport> steps, CancellationToken cancel)
    {
        var proof = LoadSteps.Proof(steps);
        var faults = proof is null ? [FormattableString.Invariant($"no step of {LoadEvidence.FewestUsers} users or more tells anything of so many")] : LoadEvidence.WhyNot(proof);

        if (faults.Count > 0)
        {
            await SayAsync($"Not recorded as evidence: {string.Join(", ", faults)}.");
            return true;
        }

        try
        {
            await new EvidenceLog(connectionString).WriteAsync(EvidenceKind.LoadTest, LoadEvidence.Facts(proof!), cancel);
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or InconclusiveException)
        {
            await SayAsync($"Not recorded as evidence: {exception.Message}");
            return false;
        }
    }

    private async Task<LoadAccounts> MakeAccountsAsync(int count, CancellationToken cancel)
    {
        var accounts = await LoadAccounts.MakeAsync(connectionString, count, cancel);

        if (accounts.Left > 0)
        {
            await SayAsync(FormattableString.Invariant($"{accounts.Left} accounts were left over from a test that was killed: they are being erased."));
        }

        return accounts;
    }

    // Its failure is told, and no more: what was measured is worth more than an exit code.
    private async Task EndAsync(LoadAccounts accounts)
    {
        try
        {
            await accounts.DisposeAsync();
            await SayAsync("The accounts are disabled, and the service erases them within a minute.");
        }
        catch (NpgsqlException exception)
        {
            await SayAsync(FormattableString.Invariant($"{accounts.Users.Count} accounts are still there, for the database did not take it that they are to go: {exception.Message} `load --clean` ends them, and so does the next test."));
        }
    }

    // What is cold is slow once: code that was never run, connections, plans of statements.
    private async Task WarmUpAsync(LoadPlan plan, IReadOnlyList<LoadUser> users, HttpClient client, CancellationToken cancel)
    {
        var warmUp = plan with { Rate = Math.Max(plan.Rate, LeastWarmUp), Duration = plan.Duration < WarmUp ? plan.Duration : WarmUp };
        await SayAsync(FormattableString.Invariant($"Warming up for {warmUp.Duration.TotalSeconds:0.#} s, which does not count."));
        await new LoadRun(warmUp, users, client, Random.Shared).RunAsync((_, _) => { }, cancel);
        cancel.ThrowIfCancellationRequested();
    }

    private async Task<LoadReport> RunPlanAsync(LoadPlan plan, IReadOnlyList<LoadUser> users, HttpClient client, CancellationToken cancel)
    {
        await SayAsync(FormattableString.Invariant($"{plan.Users} people by {users.Count} accounts, {plan.Rate:0.##} calls a second, {plan.Duration.TotalSeconds:0.#} s. Each second: answers, their p99, failures (!), and what is under way."));
        var found = await new LoadRun(plan, users, client, Random.Shared).RunAsync((second, inFlight) => progress.WriteLine(LoadTable.Line(second, inFlight)), cancel);

        return LoadReport.Of(TimeProvider.System.GetUtcNow(), url, plan, slo, found) with { Accounts = users.Count, Mix = LoadOperation.Text(plan.Mix) };
    }

    private void SayOf(int count, int all)
    {
        if (count % Interval == 0)
        {
            progress.WriteLine(FormattableString.Invariant($"{count} of {all} are in."));
        }
    }

    private async Task SayAsync(string text)
    {
        foreach (var line in WrappedText.Lines(text, Terminal.Width))
        {
            await progress.WriteLineAsync(line);
        }
    }
}
