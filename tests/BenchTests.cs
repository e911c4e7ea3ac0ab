using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HardenedStarter.Build;
using HardenedStarter.Build.Benchmarks;

namespace HardenedStarter.Tests;

public sealed class BenchTests(TemplateFixture template)
{
    private static string Tool => typeof(Repository).Assembly.Location;

    [Fact]
    public async Task Every_layer_of_the_pipeline_is_measured_against_a_bare_server()
    {
        var folder = template.NewFolder();
        var json = Path.Combine(folder, "figures.json");
        var result = await Dotnet.RunAsync(
            folder, CancellationToken.None, Tool, "bench", "--layers", "--rounds", "1", "--slot", "50", "--connections", "2", "--json", json);

        Assert.True(result.Succeeded, result.Output);
        var figures = JsonSerializer.Deserialize<JsonArray>(await File.ReadAllTextAsync(json))!;
        Assert.Equal("bare", (string?)figures[0]!["server"]);
        Assert.Equal("whole", (string?)figures[^1]!["server"]);
        Assert.Contains("Aim: 0.85 of bare. Reached: ", result.Output);
        Assert.All(figures, server =>
        {
            Assert.True((double)server!["ratio"]! > 0, result.Output);
            Assert.True((double)server["microsecondsPerRequest"]! > 0, result.Output);
        });
    }

    [Fact]
    public async Task The_load_generator_is_asked_for_more_until_it_cannot_beside_what_wrk_gets()
    {
        var result = await Dotnet.RunAsync(template.NewFolder(), CancellationToken.None, Tool, "bench", "--load", "--slot", "200", "--connections", "2");

        Assert.True(result.Succeeded, result.Output);
        Assert.Matches("At most [0-9,]+ answers a second", result.Output);
        Assert.Matches("wrk(, one thread, 2 connections: [0-9,]+ answers a second| is not here to compare with)", result.Output);
    }

    [Fact]
    public async Task Backups_and_restores_are_measured_both_kinds_and_encrypted_against_those_by_hand()
    {
        var result = await Dotnet.RunAsync(template.NewFolder(), CancellationToken.None, Tool, "bench", "--backup", "--size", "4");

        Assert.True(result.Succeeded, result.Output);
        foreach (var way in (string[])["by hand", "the console", "the console, encrypted"])
        {
            // Once for each kind: seconds, MB/s and ratio, of a backup and of a restore.
            Assert.Equal(2, Regex.Count(result.Output, $@"│ {way} +(│ +[0-9.]*[1-9][0-9.]* +){{6}}│"));
        }
    }

    [Fact]
    public void Backups_that_a_disk_has_no_room_for_are_not_begun()
    {
        const long Needed = 6656L * 1024 * 1024;
        BackupBenchmark.RefuseSmallDisk("/tmp", Needed, 1024);

        Assert.Equal(
            "/tmp has 6,979 MB free, and backups of 1024 MiB with their restores take 6,979: name less by --size, or another disk by TMPDIR.",
            Assert.Throws<BuildException>(() => BackupBenchmark.RefuseSmallDisk("/tmp", Needed - 1, 1024)).Message);
    }

    [Fact]
    public async Task A_number_out_of_range_is_refused_at_once()
    {
        var result = await Dotnet.RunAsync(template.NewFolder(), CancellationToken.None, Tool, "bench", "--rounds", "0");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("--rounds is a number from 1 to 1000.", result.Output);
    }

    [Theory]
    [InlineData(new[] { 3.0, 1.0, 2.0 }, 2.0)]
    [InlineData(new[] { 4.0, 1.0, 2.0, 3.0 }, 2.5)]
    public void The_figure_of_several_rounds_is_their_median(double[] values, double median) =>
        Assert.Equal(median, Figures.Median(values));

    [Theory]
    [InlineData(new[] { 0.70, 0.86, 0.87, 0.90, 0.95 }, "met")]
    [InlineData(new[] { 0.60, 0.70, 0.75, 0.80, 0.90 }, "missed")]
    [InlineData(new[] { 0.15, 0.60, 1.10, 1.50, 12.0 }, "not clear")]
    public void Rounds_that_contradict_each_other_tell_nothing_of_the_aim(double[] ratios, string verdict) =>
        Assert.Equal(verdict, Figures.Of("whole", 1, [.. ratios.Select(ratio => new[] { new Sample(1, 1), new Sample(ratio, 1) })]).Against(0.85));
}
