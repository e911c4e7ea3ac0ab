using System.Diagnostics;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Waits for a condition instead of sleeping.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Returns once the condition holds; fails the test if it does not within 30 seconds.</summary>
    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => Task.FromResult(condition()), what);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, string)"/>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var waited = Stopwatch.StartNew();

        while (!await condition())
        {
            Assert.True(waited.Elapsed < Patience, $"Waited for {Patience.TotalSeconds} s in vain: {what}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
