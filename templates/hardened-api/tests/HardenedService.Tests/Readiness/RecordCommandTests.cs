using System.Text.Json;
using System.Text.RegularExpressions;
using HardenedService.Operations;
using HardenedService.Operations.Readiness;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Readiness;

/// <summary><c>readiness record</c> and <c>readiness alert-test</c>.</summary>
public sealed partial class RecordCommandTests(MigratedDatabase migrated) : IClassFixture<MigratedDatabase>
{
    private TestDatabase Database => migrated.Database;

    [Fact]
    public async Task Facts_are_numbers_truths_and_texts()
    {
        var call = await CallAsync(
            "record", "load_test", "--by", " Ann ", "--note", "k6, from \"outside\"", "--fact", "users=60", "--fact", "sloMet=true", "--fact", "tool=k6=1", "--fact", "errorRatio=0.001",
            "--fact", "seconds=60", "--fact", "offeredRate=12", "--fact", "calls=720", "--fact", "mix=a", "--fact", "p99Milliseconds=1", "--fact", "limitedRatio=0", "--fact", "url=b");

        Assert.Equal((0, $"load_test is recorded.{Environment.NewLine}", ""), call);
        Assert.Equal(
            """{"by":"Ann","note":"k6, from \"outside\"","users":60,"sloMet":true,"tool":"k6=1","errorRatio":0.001,"seconds":60,"offeredRate":12,"calls":720,"mix":"a","p99Milliseconds":1,"limitedRatio":0,"url":"b"}""",
            (await NewestAsync(EvidenceKind.LoadTest)).Facts);
    }

    [Theory]
    [InlineData("security_review", "security_review needs --by.")]
    [InlineData("rollback_rehearsal --note x", "rollback_rehearsal needs --by.")]
    [InlineData("release --by x", "release needs --fact version=….")]
    [InlineData("load_test --by x --fact users=50 --fact sloMet=true --fact seconds=60 --fact offeredRate=10 --fact calls=600 --fact p99Milliseconds=1 --fact errorRatio=0", "load_test needs --fact mix=… and --fact limitedRatio=… and --fact url=….")]
    [InlineData("load_test --fact users=50", "load_test needs --by and --fact seconds=…")]
    [InlineData("restore_drill", "restore_drill needs --fact lostSeconds=… and --fact tookSeconds=….")]
    [InlineData("alert_delivery --by x", "alert_delivery needs --token.")]
    [InlineData("security_review --by \t", "--by is empty.")]
    [InlineData("security_review --by x --fact users", "'users' is no fact")]
    [InlineData("security_review --by x --fact Users=1", "'Users=1' is no fact")]
    [InlineData("security_review --by x --fact by=y", "'by=y' is no fact")]
    [InlineData("security_review --by x --fact a=1 --fact a=2", "The fact a is there twice.")]
    [InlineData("security_review --by x --fact a=\u001b", "a has characters that cannot be printed.")]
    [InlineData("security_review --by x --fact a=", "a is empty.")]
    [InlineData("alert_test --by x", "alert_test")]
    [InlineData("teapot --by x", "teapot")]
    public async Task What_proves_nothing_is_wrong_usage(string arguments, string message)
    {
        var call = await CallAsync(["record", .. arguments.Split(' ')]);

        Assert.Equal((2, true), (call.ExitCode, call.Error.Contains(message, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_too_long_is_wrong_usage()
    {
        Assert.Equal(2, (await CallAsync("record", "security_review", "--by", new string('x', 201))).ExitCode);
        Assert.Equal(2, (await CallAsync(["record", "security_review", "--by", "x", .. Enumerable.Range(0, 21).SelectMany(number => new[] { "--fact", $"a{number}=1" })])).ExitCode);
        Assert.Equal(0, (await CallAsync(["record", "security_review", "--by", new string('"', 200), "--note", new string('€', 200), .. Enumerable.Range(0, 20).SelectMany(number => new[] { "--fact", $"a{number}={new string('"', 200)}" })])).ExitCode);
    }

    [Fact]
    public async Task Whoever_tells_the_token_got_the_alert()
    {
        Assert.Equal((1, "", $"No alert was sent in the last 24 hours: `readiness alert-test` sends one.{Environment.NewLine}"), await CallAsync("record", "alert_delivery", "--token", "AAAA2222"));
        await using var alertmanager = await AnsweringServer.StartAsync(200, "");

        var sent = await CallAsync("alert-test", "--alertmanager", $"{alertmanager.Address}am", "--severity", "ticket");

        Assert.Equal((0, ""), (sent.ExitCode, sent.Error));
        var (path, body) = Assert.Single(alertmanager.Received);
        Assert.Equal("/am/api/v2/alerts", path);
        var alert = Assert.Single(JsonDocument.Parse(body).RootElement.EnumerateArray());
        Assert.Equal("ticket", alert.GetProperty("labels").GetProperty("severity").GetString());
        Assert.True(alert.GetProperty("endsAt").GetDateTimeOffset() > alert.GetProperty("startsAt").GetDateTimeOffset());
        var token = Token().Match(alert.GetProperty("annotations").GetProperty("summary").GetString()!).Groups["token"].Value;

        // Nowhere but in the alert.
        Assert.DoesNotContain(token, sent.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(token, (await NewestAsync(EvidenceKind.AlertTest)).Facts, StringComparison.Ordinal);

        var wrong = await CallAsync("record", "alert_delivery", "--token", "AAAA2222");
        Assert.Equal((1, ""), (wrong.ExitCode, wrong.Output));
        Assert.StartsWith("That is not the token of the alert that was sent at ", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await CallAsync("record", "alert_delivery", "--token", $"{token[..4]} {token[4..].ToLowerInvariant()}", "--by", "Ann")).ExitCode);
        Assert.Equal("Ann", (await NewestAsync(EvidenceKind.AlertDelivery)).Fact("by"));
    }

    [Fact]
    public async Task What_is_no_Alertmanager_is_told()
    {
        await using var other = await AnsweringServer.StartAsync(404, "");

        Assert.Equal((1, "", $"{other.Address}api/v2/alerts answered 404: is that Alertmanager?{Environment.NewLine}"), await CallAsync("alert-test", "--alertmanager", $"{other.Address}"));
        var down = await CallAsync("alert-test", "--alertmanager", "http://127.0.0.1:1");
        Assert.Equal((1, true), (down.ExitCode, down.Error.StartsWith("http://127.0.0.1:1/api/v2/alerts cannot be reached: ", StringComparison.Ordinal)));
        Assert.Equal(2, (await CallAsync("alert-test", "--alertmanager", "alertmanager")).ExitCode);
        Assert.Equal(2, (await CallAsync("alert-test", "--alertmanager", "file:///etc/passwd")).ExitCode);
    }

    private async Task<EvidenceRecord> NewestAsync(string kind) =>
        Assert.NotNull(await new EvidenceLog(Database.OperatorConnectionString).NewestAsync(kind, TestContext.Current.CancellationToken)).Record;

    // Word by word: a word may hold a blank.
    private async Task<(int ExitCode, string Output, string Error)> CallAsync(params string[] arguments)
    {
        var settings = new Dictionary<string, string?> { ["Operations:OperatorConnectionString"] = Database.OperatorConnectionString };
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await OperationsConsole.InvokeAsync(
            ["readiness", .. arguments], new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), output, error, TestContext.Current.CancellationToken);

        return (code, output.ToString(), error.ToString());
    }

    [GeneratedRegex("the token is (?<token>[A-Z2-9]{8})$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();
}
