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

    private (string Key, string? Value) Operator => ("Operations:OperatorConnectionString", Database.OperatorConnectionString);

    [Fact]
    public async Task Facts_are_numbers_truths_and_texts()
    {
        string[] facts = ["lostSeconds=0", "tookSeconds=840.50", "apiStarted=True", "tool=k6=1", "ratio=0.001", "version=1.10", "build=20260301123456789", "offset=-3"];
        var call = await CallAsync(["record", "restore_drill", "--by", " Ann ", "--note", "from \"outside\"", .. facts.SelectMany(fact => new[] { "--fact", fact })]);

        Assert.Equal((0, $"restore_drill is recorded.{Environment.NewLine}", ""), call);
        Assert.Equal(
            """{"told":true,"by":"Ann","note":"from \"outside\"","lostSeconds":0,"tookSeconds":840.5,"apiStarted":true,"tool":"k6=1","ratio":0.001,"version":"1.10","build":"20260301123456789","offset":-3}""",
            (await NewestAsync(EvidenceKind.RestoreDrill)).Facts);
    }

    [Theory]
    [InlineData("security_review", "--by")]
    [InlineData("release --fact version=1.4.0", "--by")]
    [InlineData("rollback_rehearsal --by x", "rollback_rehearsal needs --fact from=… and --fact to=….")]
    [InlineData("rollback_rehearsal --by x --fact from=1.10 --fact to=1.10", "From 1.10 to 1.10 nothing is taken back.")]
    [InlineData("release --by x", "release needs --fact version=….")]
    [InlineData("load_test --by x --fact users=50 --fact sloMet=true", "load_test needs --fact seconds=… and --fact calls=… and ")]
    [InlineData("privacy_rehearsal --by x", "privacy_rehearsal needs --fact sections=… and --fact tables=….")]
    [InlineData("restore_drill --by x --fact lostSeconds=1 --fact tookSeconds=2", "restore_drill needs --fact apiStarted=….")]
    [InlineData("restore_drill --by x --fact lostSeconds=-1", "lostSeconds is a number, and not below 0.")]
    [InlineData("restore_drill --by x --fact tookSeconds=long", "tookSeconds is a number, and not below 0.")]
    [InlineData("restore_drill --by x --fact apiStarted=perhaps", "apiStarted is true or false.")]
    [InlineData("security_review --by x --fact told=false", "'told=false' is no fact")]
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
    public async Task A_backup_of_another_tool_is_noted_with_who_made_it()
    {
        Assert.Equal(2, (await OperationsConsoleTests.CallAsync("recovery note backup", Operator)).ExitCode);

        Assert.Equal((0, $"The backup is noted.{Environment.NewLine}", ""), await OperationsConsoleTests.CallAsync("recovery note backup --by pgBackRest", Operator));

        Assert.Equal("""{"told":true,"by":"pgBackRest"}""", (await NewestAsync(EvidenceKind.Backup)).Facts);
        Assert.Equal(1L, await Sql.RunAsync(Database.AdminConnectionString, "select count(*) from platform.recoveries where kind = 'backup'"));
        Assert.Equal(0, (await OperationsConsoleTests.CallAsync("recovery note restore --by Ann", Operator)).ExitCode);
    }

    [Fact]
    public async Task Whoever_tells_the_token_got_the_alert()
    {
        Assert.Equal((1, "", $"No alert was sent in the last 24 hours: `readiness alert-test` sends one.{Environment.NewLine}"), await CallAsync("record", "alert_delivery", "--by", "Ann", "--token", "AAAA2222"));
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

        var wrong = await CallAsync("record", "alert_delivery", "--by", "Ann", "--token", "AAAA2222");
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
