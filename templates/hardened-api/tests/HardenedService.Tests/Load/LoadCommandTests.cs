using System.Text.Json;
using HardenedService.Operations;
using HardenedService.Operations.Load;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using HardenedService.Tests.Security;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Load;

/// <summary>The verb <c>load</c>, against the API as it is.</summary>
public sealed class LoadCommandTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Lenient = "p99=1m,errors=50%";
    private const string Accounts = "select count(*) from identity.accounts where email like '%@load-test.invalid'";

    // Whoever holds the turn.
    private const string Kill =
        """
        select pg_terminate_backend(pid)
        from pg_locks
        where locktype = 'advisory'
          and database = (select oid from pg_database where datname = current_database())
          and (classid::bigint << 32 | objid::bigint) = hashtextextended('operations load', 0)
        """;

    private string Address => api.Client.BaseAddress!.ToString();

    [Fact]
    public async Task A_test_leaves_its_report_and_no_account()
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");
        var stranger = await api.NewPersonAsync();
        var (exitCode, output, error) = await CallAsync($"load --url {Address} --users 3 --duration 3s --think 50ms --slo {Lenient} --json {file}");

        Assert.True(exitCode == 0, $"{output}\n{error}");
        Assert.All(LoadOperations.All, operation => Assert.Contains($"\n{operation.Name} ", $"\n{output}"));
        Assert.Contains($"Calls as of 3 people for 3 s, by 3 accounts. Promised: {Lenient}.", output);
        Assert.Contains("It kept what is promised.", output);
        Assert.Contains("Signing in to 3 accounts", error);

        // Each call works: none is refused by what it asks for, or how.
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        File.Delete(file);
        Assert.All(report.RootElement.GetProperty("operations").EnumerateArray(), operation => Assert.Equal("0 []", $"{operation.GetProperty("errors")} {operation.GetProperty("failures")}"));

        // It proves nothing of fifty people, and does not stand in the way of what does.
        Assert.Contains("Not recorded as evidence: fewer than 50 users, shorter than 60 s, ", error.ReplaceLineEndings(" "));
        Assert.Equal(0, await api.ScalarAsync<long>("select count(*) from platform.evidence"));

        // The first pass of whoever starts next erases them, as that of a running one within a minute.
        using var next = api.StartAnother();
        await Eventually.HoldsAsync(async () => await api.ScalarAsync<long>(Accounts) == 0, "the accounts of the test to be erased");
        Assert.Equal(1, await api.ScalarAsync<long>("select count(*) from identity.accounts"));
        Assert.Equal(1, await api.ScalarAsync<long>("select count(*) from tenancy.organizations"));
        await api.NewSessionAsync(stranger);
    }

    [Fact]
    public async Task A_promise_that_is_not_kept_is_1()
    {
        var (exitCode, output, _) = await CallAsync($"load --url {Address} --users 1 --duration 1s --rate 200 --mix browse --slo p50=0.01ms");

        Assert.Equal(1, exitCode);
        Assert.Contains("Promised: p50=0.01ms,errors=0.1%.", output);
        Assert.Contains("It did not keep what is promised: p50 is ", output);
    }

    [Fact]
    public async Task Too_few_calls_are_no_promise_kept()
    {
        var (exitCode, output, _) = await CallAsync($"load --url {Address} --users 1 --duration 1s --rate 10 --mix browse --slo {Lenient}");

        Assert.Equal(1, exitCode);
        Assert.Contains("There were too few calls to judge: it takes 100.", output);
    }

    [Fact]
    public async Task Growth_is_the_same_at_each_number_of_people()
    {
        var (exitCode, output, error) = await CallAsync($"load --url {Address} --growth 4,1,2 --duration 1s --think 20ms --mix browse=9,write=1 --slo {Lenient}");

        Assert.True(exitCode == 0, $"{output}\n{error}");
        Assert.Equal(["1", "2", "4"], output.Split('\n').SkipWhile(line => !line.StartsWith("users", StringComparison.Ordinal)).Skip(1).Take(3).Select(line => line.Split(' ')[0]));
        Assert.Contains("It kept what is promised with up to 4 people.", output);
        Assert.Contains("Not recorded as evidence: no step of 50 users or more", error.ReplaceLineEndings(" "));
    }

    [Fact]
    public async Task What_was_measured_is_told_even_if_the_database_does_not_end_the_accounts_and_clean_does()
    {
        const string Refuse =
            """
            create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$;
            create trigger refuse before update of erasure_due on identity.accounts for each row when (new.email like '%@load-test.invalid') execute function public.refuse();
            """;
        await Sql.RunAsync(api.Database.AdminConnectionString, Refuse);
        var (exitCode, output, error) = await CallAsync($"load --url {Address} --users 3 --duration 1s --rate 200 --mix browse --slo {Lenient}");
        await Sql.RunAsync(api.Database.AdminConnectionString, "drop trigger refuse on identity.accounts; drop function public.refuse()");

        Assert.True(exitCode == 0, $"{output}\n{error}");
        Assert.Contains("It kept what is promised.", output);
        Assert.Contains("3 accounts are still there", error.ReplaceLineEndings(" "));
        Assert.Contains("`load --clean` ends them", error.ReplaceLineEndings(" "));

        Assert.Equal((0, $"3 accounts were left over. They are disabled, and the service erases them within a minute.{Environment.NewLine}", ""), await CallAsync("load --clean"));
        Assert.Equal((0, $"No accounts were left over.{Environment.NewLine}", ""), await CallAsync("load --clean"));
        Assert.Equal(0, await api.ScalarAsync<long>($"{Accounts} and not erasure_due"));
    }

    [Fact]
    public async Task What_a_killed_test_has_left_over_the_next_one_removes_and_two_at_once_are_refused()
    {
        // Its connection breaks as if the process had been killed; while it lasts, nobody else may begin.
        var killed = await LoadAccounts.MakeAsync(api.Database.OperatorConnectionString, 2, CancellationToken.None);
        var refusal = await Assert.ThrowsAsync<LoadException>(() => LoadAccounts.MakeAsync(api.Database.OperatorConnectionString, 1, CancellationToken.None));
        await api.ScalarAsync<bool>(Kill);
        LoadAccounts? next = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    next = await LoadAccounts.MakeAsync(api.Database.OperatorConnectionString, 1, CancellationToken.None);
                }
                catch (LoadException)
                {
                    // The server has not noticed yet.
                }

                return next is not null;
            },
            "a turn");

        Assert.Contains("Another load test is under way", refusal.Message);
        Assert.True(next!.Left >= 2, $"{next.Left}");
        Assert.Equal(0, await api.ScalarAsync<long>("select count(*) from identity.accounts where email = any ($1) and (not erasure_due or disabled_at is null)", (object)killed.Users.Select(user => user.Email).ToArray()));
        await next.DisposeAsync();
        await killed.DisposeAsync();
    }

    [Fact]
    public async Task The_next_test_begins_as_soon_as_one_has_ended()
    {
        var accounts = await LoadAccounts.MakeAsync(api.Database.OperatorConnectionString, 1, CancellationToken.None);
        await accounts.DisposeAsync();

        for (var round = 1; round <= 100; round++)
        {
            await LoadAccounts.CleanAsync(api.Database.OperatorConnectionString, CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_test_that_is_stopped_removes_its_accounts_and_proves_nothing()
    {
        using var stop = new CancellationTokenSource();
        await using var output = new StringWriter();
        await using var error = new StopAt("ms 0! ", stop);
        using var configuration = new ConfigurationManager();
        configuration["Operations:OperatorConnectionString"] = api.Database.OperatorConnectionString;
        var recorded = await api.ScalarAsync<long>("select count(*) from platform.evidence");
        var exitCode = await OperationsConsole.InvokeAsync(["load", "--url", Address, "--users", "1", "--rate", "20", "--duration", "1h"], configuration, output, error, stop.Token);

        Assert.Equal(1, exitCode);
        Assert.Contains("Stopped before its end", error.ToString());
        Assert.Contains("browse", output.ToString());
        Assert.Equal(0, await api.ScalarAsync<long>($"{Accounts} and not erasure_due"));
        Assert.Equal(recorded, await api.ScalarAsync<long>("select count(*) from platform.evidence"));
    }

    [Fact]
    public async Task A_service_that_does_not_answer_is_1_and_one_line_and_leaves_no_account()
    {
        var (exitCode, _, error) = await CallAsync("load --url http://127.0.0.1:1 --users 1 --duration 1s");

        Assert.Equal(1, exitCode);
        Assert.Contains("http://127.0.0.1:1/ does not answer", error);
        Assert.Equal(0, await api.ScalarAsync<long>($"{Accounts} and not erasure_due"));
    }

    private Task<(int ExitCode, string Output, string Error)> CallAsync(string call) => UsersCommandTests.CallAsync(api, call);

    /// <summary>Cancels once something was said.</summary>
    private sealed class StopAt(string said, CancellationTokenSource stop) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);

            if (value?.Contains(said, StringComparison.Ordinal) == true)
            {
                stop.Cancel();
            }
        }
    }
}
