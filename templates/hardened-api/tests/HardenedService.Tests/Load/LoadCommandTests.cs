using System.Text.Json;
using HardenedService.Operations;
using HardenedService.Operations.Load;
using HardenedService.Operations.Readiness;
using HardenedService.Tests.Infrastructure;
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
    public async Task A_test_leaves_its_report_its_record_and_no_account()
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");
        var stranger = await api.NewPersonAsync();
        var (exitCode, output, error) = await CallAsync($"load --url {Address} --users 3 --duration 2s --think 50ms --slo {Lenient} --json {file}");

        Assert.True(exitCode == 0, $"{output}\n{error}");
        Assert.All(LoadOperations.All, operation => Assert.Contains($"\n{operation.Name} ", $"\n{output}"));
        Assert.Contains($"The SLO is met ({Lenient}), with 3 users for 2 s.", output);
        Assert.Contains("Signing in to 3 accounts", error);

        // Each call works: none is refused by what it asks for, or how.
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        File.Delete(file);
        Assert.All(report.RootElement.GetProperty("operations").EnumerateArray(), operation => Assert.Equal("0 []", $"{operation.GetProperty("errors")} {operation.GetProperty("failures")}"));

        var evidence = (await new EvidenceLog(api.Database.OperatorConnectionString).NewestAsync(EvidenceKind.LoadTest, CancellationToken.None))!.Value.Record;
        Assert.Equal(((double?)3, (double?)2), (evidence.Number("users"), evidence.Number("seconds")));
        Assert.Equal(("True", Lenient, Address), (evidence.Fact("sloMet"), evidence.Fact("slo"), evidence.Fact("url")));
        Assert.True(evidence.Number("p99Milliseconds") > 0, evidence.Facts);
        Assert.Equal((double?)0, evidence.Number("errorRatio"));

        // The first pass of whoever starts next erases them, as that of a running one within a minute.
        using var next = api.StartAnother();
        await Eventually.HoldsAsync(async () => await api.ScalarAsync<long>(Accounts) == 0, "the accounts of the test to be erased");
        Assert.Equal(1, await api.ScalarAsync<long>("select count(*) from identity.accounts"));
        Assert.Equal(1, await api.ScalarAsync<long>("select count(*) from tenancy.organizations"));
        await api.NewSessionAsync(stranger);
    }

    [Fact]
    public async Task A_promise_that_is_not_kept_is_1_and_is_recorded_as_such()
    {
        var (exitCode, output, _) = await CallAsync($"load --url {Address} --users 1 --duration 500ms --rate 20 --mix browse --slo p50=0.01ms");

        Assert.Equal(1, exitCode);
        Assert.Contains("The SLO is not met (p50=0.01ms), with 1 users: p50 is ", output);
        var evidence = (await new EvidenceLog(api.Database.OperatorConnectionString).NewestAsync(EvidenceKind.LoadTest, CancellationToken.None))!.Value.Record;
        Assert.Equal("False", evidence.Fact("sloMet"));
    }

    [Fact]
    public async Task Growth_is_the_same_at_each_number_of_people()
    {
        var (exitCode, output, error) = await CallAsync($"load --url {Address} --growth 4,1,2 --duration 500ms --think 20ms --mix browse=9,write=1 --slo {Lenient}");

        Assert.True(exitCode == 0, $"{output}\n{error}");
        Assert.Equal(["1", "2", "4"], output.Split('\n').SkipWhile(line => !line.StartsWith("users", StringComparison.Ordinal)).Skip(1).Take(3).Select(line => line.Split(' ')[0]));
        Assert.Contains("with 4 users", output);
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
    public async Task A_test_that_is_stopped_removes_its_accounts_and_proves_nothing()
    {
        using var stop = new CancellationTokenSource();
        await using var output = new StringWriter();
        await using var error = new StopAt("ms 0 bad", stop);
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

    [Theory]
    [InlineData("load --url https://service.example", "Say --yes if that is meant")]
    [InlineData("load --url service.example", "--url is an address such as")]
    [InlineData("load --url ftp://127.0.0.1", "--url is an address such as")]
    [InlineData("load --rate 0", "--rate is a number from 0.001 to 1000000.")]
    [InlineData("load --rate 5 --growth 1,2", "name one of them")]
    [InlineData("load --users 0", "--users is a number from 1 to 100000.")]
    [InlineData("load --duration 60", "--duration is a time such as 500ms, 60s or 2m.")]
    [InlineData("load --mix browse,dance", "there is no 'dance'")]
    [InlineData("load --mix browse=0", "that is a number above 0")]
    [InlineData("load --mix browse,browse", "stands there twice")]
    [InlineData("load --slo fast", "'fast' is no objective")]
    [InlineData("load --growth 1,x", "--growth is a list of numbers")]
    public async Task A_wrong_call_is_2_and_says_what_is_wrong(string call, string message)
    {
        var answer = await CallAsync(call);

        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(message, answer.Error);
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
