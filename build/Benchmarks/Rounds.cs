namespace HardenedStarter.Build.Benchmarks;

/// <summary>Rounds of one slot for each load, in another order every time: a ratio compares slots of the same round.</summary>
internal static class Rounds
{
    /// <summary>Connects the loads, warms up, and runs. They are disposed when it returns.</summary>
    /// <returns>For each round the throughput of each load, in requests per second.</returns>
    public static async Task<List<double[]>> RunAsync(
        List<Load> loads, int connections, BenchmarkOptions options, Steps steps, CancellationToken cancel)
    {
        try
        {
            foreach (var load in loads)
            {
                await load.ConnectAsync(connections, cancel);
            }

            await steps.RunAsync($"Warm up, {connections} at once", () => RoundAsync(loads, options, cancel));
            var rounds = new List<double[]>();
            for (var round = 1; round <= options.Rounds; round++)
            {
                await steps.RunAsync($"Round {round} of {options.Rounds}, {connections} at once", async () => rounds.Add(await RoundAsync(loads, options, cancel)));
            }

            return rounds;
        }
        finally
        {
            loads.ForEach(load => load.Dispose());
        }
    }

    private static async Task<double[]> RoundAsync(List<Load> loads, BenchmarkOptions options, CancellationToken cancel)
    {
        var throughput = new double[loads.Count];
        foreach (var index in Enumerable.Range(0, loads.Count).Shuffle())
        {
            throughput[index] = await loads[index].RunAsync(options.Slot, cancel);
        }

        return throughput;
    }
}
