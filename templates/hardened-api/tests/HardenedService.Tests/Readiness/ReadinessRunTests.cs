using HardenedService.Operations.Readiness;

namespace HardenedService.Tests.Readiness;

/// <summary>What one check does is no other's affair.</summary>
public sealed class ReadinessRunTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(typeof(KeyNotFoundException))]
    [InlineData(typeof(FormatException))]
    [InlineData(typeof(InvalidCastException))]
    [InlineData(typeof(NullReferenceException))]
    public async Task Whatever_a_check_throws_is_an_error_of_its_line(Type exception)
    {
        var found = await RunAsync(TimeSpan.FromMinutes(1), Cancel, Check("a", _ => throw (Exception)Activator.CreateInstance(exception)!), Check("b", _ => Task.FromResult(Finding.Pass("seen"))));

        Assert.Equal([CheckStatus.Error, CheckStatus.Pass], found.Select(finding => finding.Status));
        Assert.NotEmpty(found[0].Evidence);
    }

    [Fact]
    public async Task A_check_that_takes_too_long_is_an_error_and_the_next_one_has_its_own_time()
    {
        var found = await RunAsync(
            TimeSpan.FromMilliseconds(200),
            Cancel,
            Check("a", async cancel =>
            {
                await Task.Delay(Timeout.Infinite, cancel);
                return Finding.Pass("seen");
            }),
            Check("b", cancel => Task.FromResult(cancel.IsCancellationRequested ? Finding.Fail("no time") : Finding.Pass("seen"))));

        found[0].Is(CheckStatus.Error, "it took longer than 0.2 seconds");
        found[1].Is(CheckStatus.Pass, "seen");
    }

    [Fact]
    public async Task Whoever_stops_it_gets_no_report()
    {
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(TimeSpan.FromMinutes(1), stop.Token, Check("a", async cancel =>
        {
            await stop.CancelAsync();
            cancel.ThrowIfCancellationRequested();
            return Finding.Pass("seen");
        })));
    }

    private static async Task<List<Finding>> RunAsync(TimeSpan longest, CancellationToken cancel, params IReadinessCheck[] checks)
    {
        using var context = ReadinessScene.Context(database: null, host: null);
        var found = await new ReadinessRun(context, TextWriter.Null, longest).RunAsync(checks, cancel);

        return [.. found.Select(result => result.Finding)];
    }

    private static PlantedCheck Check(string id, Func<CancellationToken, Task<Finding>> run) => new(Reports.Concern(id), run);

    private sealed record PlantedCheck(Concern Concern, Func<CancellationToken, Task<Finding>> Run) : IReadinessCheck
    {
        public Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel) => Run(cancel);
    }
}
