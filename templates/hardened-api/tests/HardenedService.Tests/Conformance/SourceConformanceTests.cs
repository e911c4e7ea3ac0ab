namespace HardenedService.Tests.Conformance;

public sealed class SourceConformanceTests
{
    [Fact]
    public void Api_and_platform_neither_ask_the_machine_for_the_time_nor_write_to_the_console()
    {
        var files = SourceRules.Files().ToList();
        var violations = files.SelectMany(file => Violations(file, File.ReadAllText(file))).ToList();

        Assert.NotEmpty(files);
        Assert.True(violations.Count == 0, string.Join('\n', violations));
    }

    [Theory]
    [InlineData("var now = DateTime.Now;", "asks the machine for the time")]
    [InlineData("var now = DateTime.UtcNow;", "asks the machine for the time")]
    [InlineData("var today = DateTime.Today;", "asks the machine for the time")]
    [InlineData("var now = DateTimeOffset.UtcNow;", "asks the machine for the time")]
    [InlineData("Console.WriteLine(secret);", "writes to the console")]
    [InlineData("await Console.Error.WriteAsync(secret);", "writes to the console")]
    [InlineData("Console.Out.Flush();", "writes to the console")]
    public void A_bad_line_is_named(string line, string fault)
    {
        var violation = Assert.Single(Violations("Planted.cs", $"namespace Planted;\n\n    {line}\n"));

        Assert.StartsWith("Planted.cs:3 ", violation, StringComparison.Ordinal);
        Assert.Contains(fault, violation);
    }

    [Theory]
    [InlineData("var now = clock.GetUtcNow();")]
    [InlineData("// DateTime.Now is not for us.")]
    [InlineData("logger.WriteTo.Console(format);")]
    [InlineData("var isTerminal = !Console.IsOutputRedirected;")]
    public void A_good_line_is_let_through(string line) => Assert.Empty(Violations("Planted.cs", line));

    [Fact]
    public void Every_event_id_is_used_once()
    {
        var ids = SourceRules.Files().SelectMany(file => SourceRules.EventIds(File.ReadAllText(file))).ToList();

        Assert.NotEmpty(ids);
        Assert.Equal(ids.Distinct().Order(), ids.Order());
        Assert.Equal([1, 2], SourceRules.EventIds("[LoggerMessage(EventId = 1, Message = \"\")] … EventId = 2,"));
    }

    private static IEnumerable<string> Violations(string file, string source) => SourceRules.Clocks(file, source).Concat(SourceRules.Consoles(file, source));
}
