using HardenedService.Operations;

namespace HardenedService.Dev;

/// <summary>A service on ports and a database of its own, of which nothing is left.</summary>
internal static class ThrowawayService
{
    /// <summary>Starts it, and ends it when it has been used.</summary>
    /// <exception cref="DevException">It does not start.</exception>
    public static async Task<string> RunAsync(string? postgres, Func<DevServices, Task<string>> use, CancellationToken stop)
    {
        var ports = FreePorts.Take(3);

        // Not within a folder of ours: whoever runs PostgreSQL could not enter.
        var data = Path.Combine(Path.GetTempPath(), $"throwaway-{Guid.NewGuid():N}");

        try
        {
            return await DevRun.RunAsync(new DevOptions(ports[0], ports[1], ports[2], data, Reset: false, "Development", postgres), stop, use);
        }
        finally
        {
            if (Directory.Exists(data))
            {
                Directory.Delete(data, recursive: true);
            }
        }
    }
}
