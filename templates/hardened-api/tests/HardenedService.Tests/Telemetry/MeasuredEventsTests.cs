using System.Globalization;
using System.Net.Http.Json;
using HardenedService.Operations;
using HardenedService.Operations.Recovery;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Telemetry;

/// <summary>What happens shows in a number.</summary>
public sealed class MeasuredEventsTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Sign_ins_are_counted_by_outcome_once_they_are_committed()
    {
        var email = await api.NewPersonAsync();
        const string SignedIn = "app_audit_records_total{action=\"session.signed_in\",outcome=\"success\"}";
        const string Refused = "app_audit_records_total{action=\"session.signed_in\",outcome=\"refused\"}";
        var (signedIn, refused) = (await ValueAsync(SignedIn), await ValueAsync(Refused));

        await api.PostAsync("/v1/sessions", new { email, password = "wrong horse, wrong staple" });
        await api.PostAsync("/v1/sessions", new { email, password = People.Password });

        Assert.Equal(refused + 1, await ValueAsync(Refused));
        Assert.Equal(signedIn + 1, await ValueAsync(SignedIn));
    }

    [Fact]
    public async Task Session_checks_are_counted_by_outcome()
    {
        const string None = "app_session_lookups_total{outcome=\"none\"}";
        var before = await ValueAsync(None);

        await api.SendAsync(HttpMethod.Get, "/v1/account", $"hs1_{new string('A', 43)}");

        Assert.Equal(before + 1, await ValueAsync(None));
    }

    [Fact]
    public async Task A_session_store_that_is_out_of_reach_is_counted()
    {
        using var host = ApiHost.Start("Host=127.0.0.1;Port=1;Database=none;Username=none;Password=none");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account");
        request.Headers.Authorization = new("Bearer", $"hs1_{new string('A', 43)}");
        await host.Public.SendAsync(request);

        Assert.Equal(1, await ValueAsync("app_session_lookups_total{outcome=\"failed\"}", host));
    }

    [Fact]
    public async Task Refusals_are_counted_by_the_limit_that_was_full()
    {
        using var host = api.StartAnother(new Dictionary<string, string>
        {
            ["RateLimits:PerAddress:Burst"] = "3",
            ["RateLimits:PerAddress:PerMinute"] = "0.1",
        });

        for (var i = 0; i < 5; i++)
        {
            await host.Public.GetAsync("/v1/account");
        }

        Assert.Equal(2, await ValueAsync("app_rate_limit_refusals_total{limit=\"address\"}", host));
    }

    [Fact]
    public async Task Attempts_that_are_refused_are_counted_by_their_window()
    {
        using var host = api.StartAnother(new Dictionary<string, string>
        {
            ["AccountLimits:MailsPerAddress:Attempts"] = "1",
            ["AccountLimits:MailsPerAddress:Window"] = "01:00:00",
        });
        var email = $"{Guid.NewGuid():N}@example.org";

        for (var i = 0; i < 3; i++)
        {
            await host.Public.PostAsJsonAsync("/v1/accounts/forgot-password", new { email });
        }

        Assert.Equal(2, await ValueAsync("app_rate_limit_refusals_total{limit=\"reset_mails_address\"}", host));
    }

    [Fact]
    public async Task A_backup_that_was_never_made_looks_old_and_one_that_is_noted_new()
    {
        await Sql.RunAsync(api.Database.AdminConnectionString, "update migrations.version_info set applied_at = now() - interval '10 days'");
        await ShowAsync("app_recovery_backup_age_seconds", age => age >= 864_000);

        Assert.Equal((0, "The backup is noted.\n"), await OperateAsync("recovery", "note", "backup", "--by", "Ann"));
        Assert.Equal((0, "The backup is noted.\n"), await OperateAsync("recovery", "note", "backup", "--by", "Ann"));
        Assert.Equal(2, (await OperateAsync("recovery", "note", "everything", "--by", "Ann")).ExitCode);

        await Sql.RunAsync(api.Database.AdminConnectionString, "update platform.recoveries set completed_at = now() - interval '100 seconds'");
        await ShowAsync("app_recovery_backup_age_seconds", age => age is >= 100 and < 864_000);
        await ShowAsync("app_recovery_restore_age_seconds", age => age >= 864_000);

        // As the console's own backups and drills note them.
        await RecoveryNotes.WriteAsync(api.Database.OperatorConnectionString, "backup", 1_234, null, TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await RecoveryNotes.WriteAsync(api.Database.OperatorConnectionString, "restore", 1_234, TimeSpan.FromSeconds(77), TimeSpan.FromSeconds(42), TestContext.Current.CancellationToken);
        await ShowAsync("app_recovery_backup_size_bytes", size => size == 1_234);
        await ShowAsync("app_recovery_rpo_seconds", lost => lost == 77);
        await ShowAsync("app_recovery_rto_seconds", took => took == 42);
    }

    // A replica looks when it starts.
    private async Task ShowAsync(string metric, Func<double, bool> expected)
    {
        using var host = api.StartAnother();
        await Eventually.HoldsAsync(async () => await ValueAsync(metric, host) is var value and > 0 && expected(value), $"{metric} as it is");
    }

    private async Task<(int ExitCode, string Output)> OperateAsync(params string[] call)
    {
        await using var output = new StringWriter { NewLine = "\n" };
        using var configuration = new ConfigurationManager();
        configuration["Operations:OperatorConnectionString"] = api.Database.OperatorConnectionString;

        return (await OperationsConsole.InvokeAsync(call, configuration, output, output, TestContext.Current.CancellationToken), output.ToString());
    }

    private async Task<double> ValueAsync(string sample, ApiHost? host = null) =>
        (await (host ?? api.Api).Management.GetStringAsync("/metrics")).Split('\n')
            .Where(line => line.StartsWith($"{sample} ", StringComparison.Ordinal))
            .Select(line => double.Parse(line.AsSpan(sample.Length), CultureInfo.InvariantCulture))
            .SingleOrDefault();
}
