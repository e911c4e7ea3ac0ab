using System.Text;
using HardenedService.Operations.Readiness;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Readiness;

/// <summary>What a team writes into <c>readiness.json</c>, and what it may have got wrong there. In a case, ▶ stands before what is at fault.</summary>
public sealed class ReadinessFileTests
{
    private const string Good =
        """
        {
          // Who, and what is open.
          "firstRelease": "2026-01-31",
          "contacts": { "onCall": "Ännchen, +49 30 1", "security": "", "privacy": "Bo" },
          "gaps": [
            {
              "check": "on-call",
              "reason": "needs-a-person",
              "owner": "Ann",
              "due": "2026-02-28",
              "compensation": "we sit beside it"
            },
          ]
        }
        """;

    private static readonly string[] Checks = ["on-call", "restore-drilled"];
    private static readonly DateOnly Today = new(2027, 12, 1);

    [Fact]
    public void A_good_file_is_read_whole()
    {
        var file = Read(Good);

        Assert.Equal(new DateOnly(2026, 1, 31), file.FirstRelease);
        Assert.Equal("Ännchen, +49 30 1", file.Contacts["onCall"]);
        Assert.Equal(new Gap("on-call", "needs-a-person", "Ann", new(2026, 2, 28), "we sit beside it"), Assert.Single(file.Gaps));
    }

    [Theory]
    [InlineData("2026-02-28/P30D", "2026-03-30")]
    [InlineData("2028-02-28/P1D", "2028-02-29")]
    [InlineData("2020-02-28", "2020-02-28")]
    [InlineData("2028-12-01", "2028-12-01")]
    public void A_day_may_be_so_many_after_another_and_lie_in_the_past(string due, string day) =>
        Assert.Equal(day, $"{Assert.Single(Read(Good.Replace("2026-02-28", due, StringComparison.Ordinal)).Gaps).Due:yyyy-MM-dd}");

    [Fact]
    public void A_byte_order_mark_and_the_line_ends_of_Windows_change_nothing()
    {
        var windows = Good.ReplaceLineEndings("\r\n");

        Assert.Equal(Read(Good).Gaps, Read([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(windows)]).Gaps);
        Assert.StartsWith("readiness.json:10:14: ", Fault([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(windows.Replace("02-28", "02-30", StringComparison.Ordinal))]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"2026-02-28\"", "▶\"2026-02-31\"", "\"2026-02-31\" is no day of the calendar")]
    [InlineData("\"2026-02-28\"", "▶\"28.02.2026\"", "is no day")]
    [InlineData("\"2026-02-28\"", "▶\"2026-02-28/P1M\"", "is no day")]
    [InlineData("\"2026-02-28\"", "▶\"2026-02-28/P-1D\"", "is no day")]
    [InlineData("\"2026-02-28\"", "▶\"2026-02-28/P99999999999D\"", "is no day")]
    [InlineData("\"2026-02-28\"", "▶\"9999-12-31/P30D\"", "is no day")]
    [InlineData("\"2026-02-28\"", "▶20260228", "must be a text, in quotation marks.")]
    [InlineData("\"2026-02-28\"", "▶null", "must be a text, in quotation marks.")]
    [InlineData("\"2026-02-28\"", "▶\"\"", "must not be empty.")]
    [InlineData("\"2026-02-28\"", "▶\"2028-12-02\"", "\"2028-12-02\" is too far away: a gap is due within 366 days")]
    [InlineData("\"2026-02-28\"", "▶\"9999-12-31\"", "is too far away")]
    [InlineData("\"2026-02-28\"", "▶\"2026-02-28/P9999D\"", "is too far away")]
    [InlineData("\"2026-01-31\"", "▶\"2026-13-01\"", "is no day")]
    [InlineData("\"2026-01-31\"", "▶\"2027-12-02\"", "\"2027-12-02\" is still to come")]
    [InlineData("\"2026-01-31\"", "▶\"9999-12-31\"", "is still to come")]
    [InlineData("\"2026-01-31\"", "▶true", "must be a text, in quotation marks.")]
    [InlineData("\"on-call\"", "▶\"on-cal\"", "\"on-cal\" is no check; presumably on-call is meant.")]
    [InlineData("\"on-call\"", "▶\"tea\"", "\"tea\" is no check; there are on-call, restore-drilled.")]
    [InlineData("\"needs-a-person\"", "▶\"lazy\"", "\"lazy\" is no reason; there are not-done-yet,")]
    [InlineData("\"Ann\"", "▶\"  \"", "must not be empty.")]
    [InlineData("\"Ann\"", "▶\"\\ud800\"", "names half of a character.")]
    [InlineData("\"owner\": \"Ann\",", "\"owner\": \"Ann\",\n▶\"owner\": \"Bo\",", "\"owner\" stands here a second time.")]
    [InlineData("\"owner\"", "▶\"ownr\"", "\"ownr\" is no member; presumably owner is meant.")]
    [InlineData("{\n      \"check\": \"on-call\",", "▶{", "\"check\" is missing.")]
    [InlineData("\"security\": \"\"", "▶\"securty\": \"\"", "presumably security is meant.")]
    [InlineData("\"privacy\": \"Bo\"", "\"privacy\": ▶[\"Bo\"]", "must be a text, in quotation marks.")]
    [InlineData("\"contacts\"", "▶\"contact\"", "presumably contacts is meant.")]
    [InlineData("    },\n  ]", "    },\n    ▶{ \"check\": \"on-call\", \"reason\": \"done-elsewhere\", \"owner\": \"Bo\", \"due\": \"2026-02-01\", \"compensation\": \"x\" }\n  ]", "on-call has a gap already")]
    [InlineData("    },\n  ]", "    },\n    ▶7\n  ]", "must be an object, in curly brackets.")]
    public void What_is_wrong_is_told_with_its_place(string from, string to, string message)
    {
        Assert.Contains(from, Good, StringComparison.Ordinal);
        IsToldWithItsPlace(Good.Replace(from, to, StringComparison.Ordinal), message);
    }

    [Theory]
    [InlineData("▶[]", "must be an object, in curly brackets.")]
    [InlineData("{ \"gaps\": ▶{} }", "must be a list, in square brackets.")]
    [InlineData("{ \"contacts\": ▶\"Ann\" }", "must be an object, in curly brackets.")]
    [InlineData("{\n  \"gaps\": [▶", "is no JSON: ")]
    [InlineData("{\n  \"gaps\": t▶eapot }", "is no JSON: ")]
    [InlineData("{}\n▶{}", "is no JSON: ")]
    [InlineData("{\n  \"ö\": t▶eapot }", "is no JSON: ")]
    [InlineData("▶", "is no JSON: ")]
    public void What_is_no_such_file_is_told_with_its_place(string text, string message) => IsToldWithItsPlace(text, message);

    [Fact]
    public void What_is_no_text_is_told_with_its_place()
    {
        var latin = Encoding.Latin1.GetBytes("{\n  \"contacts\": { \"onCall\": \"Jörg\" }\n}");

        Assert.StartsWith("readiness.json:2:29: is no UTF-8.", Fault(latin), StringComparison.Ordinal);
        Assert.StartsWith("readiness.json:1:1: ", Fault([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Good)]), StringComparison.Ordinal);
        Assert.StartsWith("readiness.json:1:65: is no JSON", Fault(Encoding.UTF8.GetBytes(new string('[', 1000))), StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_at_once_from_the_top_to_the_bottom()
    {
        var lines = Fault(Encoding.UTF8.GetBytes(Good
            .Replace("2026-02-28", "soon", StringComparison.Ordinal)
            .Replace("2026-01-31", "yesterday", StringComparison.Ordinal)
            .Replace("\"owner\": \"Ann\",", "", StringComparison.Ordinal))).Split(Environment.NewLine);

        Assert.Equal(["readiness.json:3:19", "readiness.json:6:5", "readiness.json:10:14"], lines.Select(line => line.Split(": ")[0]));
    }

    [Fact]
    public void The_file_of_this_solution_is_sound() => Assert.NotNull(
        ReadinessFileReader.Read(Path.Combine(GeneratedDocument.SolutionDirectory(), ReadinessFile.Name), [.. ReadinessChecks.All.Select(check => check.Concern.Id)], DateOnly.FromDateTime(DateTime.UtcNow)));

    [Fact]
    public async Task The_console_tells_it_as_wrong_usage()
    {
        using var folder = new ScratchRepository();
        folder.Write("readiness.json", "{ \"gaps\": 1 }");

        var call = await OperationsConsoleTests.CallAsync($"readiness --repository {folder.Path}");

        Assert.Equal((2, ""), (call.ExitCode, call.Output));
        Assert.Equal($"readiness.json:1:11: must be a list, in square brackets.{Environment.NewLine}", call.Error);
    }

    private static void IsToldWithItsPlace(string marked, string message)
    {
        var before = marked[..marked.IndexOf('▶', StringComparison.Ordinal)];
        var place = FormattableString.Invariant($"readiness.json:{before.Count(character => character == '\n') + 1}:{before.Length - before.LastIndexOf('\n')}: ");

        Assert.Contains(
            Fault(Encoding.UTF8.GetBytes(marked.Replace("▶", "", StringComparison.Ordinal))).Split(Environment.NewLine),
            line => line.StartsWith(place, StringComparison.Ordinal) && line.Contains(message, StringComparison.Ordinal));
    }

    private static string Fault(byte[] content) => Assert.Throws<ReadinessFileException>(() => Read(content)).Message;

    private static ReadinessFile Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    private static ReadinessFile Read(byte[] content)
    {
        using var folder = new ScratchRepository();
        var path = Path.Combine(folder.Path, ReadinessFile.Name);
        File.WriteAllBytes(path, content);

        return ReadinessFileReader.Read(path, Checks, Today);
    }
}
