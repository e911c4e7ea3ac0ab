using System.Diagnostics;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Waits for a condition instead of sleeping.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Returns once the condition holds; fails the test if it does not within 30 seconds, or as long as is said.</summary>
    public static Task HoldsAsync(Func<bool> condition, string what, TimeSpan? patience = null) => HoldsAsync(() => Task.FromResult(condition()), what, patience);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, string, TimeSpan?)"/>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what, TimeSpan? patience = null)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var (waited, limit) = (Stopwatch.StartNew(), patience ?? Patience);

        while (!await condition())
        {
            Assert.True(waited.Elapsed < limit, $"Waited for {limit.TotalSeconds} s in vain: {what}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
