using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using HardenedService.Api.Identity;
using HardenedService.Dev;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Hosting;

public sealed class ShutdownTests(PostgresServer postgres)
{
    [Fact]
    public async Task On_SIGTERM_it_is_not_ready_at_once_serves_on_for_the_drain_delay_and_exits_with_0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        await using var database = await postgres.CreateDatabaseAsync();
        var output = new ConcurrentQueue<string>();
        using var api = Start(database.AppConnectionString, output);

        await Eventually.HoldsAsync(() => Addresses(output).Count == 2, "both listeners");
        using var client = new HttpClient();
        var ready = new Uri($"{Addresses(output)[1]}/health/ready");
        await Eventually.HoldsAsync(async () => (await client.GetAsync(ready)).StatusCode == HttpStatusCode.OK, "ready");

        using (var kill = Process.Start("kill", ["-TERM", $"{api.Id}"]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await Eventually.HoldsAsync(
            async () => (await client.GetAsync(ready)).StatusCode == HttpStatusCode.ServiceUnavailable, "not ready any more");
        using var newClient = new HttpClient();
        Assert.Equal(HttpStatusCode.Unauthorized, (await newClient.GetAsync(new Uri($"{Addresses(output)[0]}/v1/account"))).StatusCode);

        await api.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, api.ExitCode);

        // Standard output is a pipe here: one JSON object a line.
        Assert.All(output, line => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
    }

    private static Process Start(string database, ConcurrentQueue<string> output)
    {
        var start = new ProcessStartInfo(ApiProcess.DotnetHost, [typeof(RegisterRequest).Assembly.Location])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };

        foreach (var (key, value) in ApiHost.Settings.Append(new("Database:ConnectionString", database)).Append(new("Shutdown:DrainDelay", "00:00:08")))
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
            {
                output.Enqueue(text);
            }
        };
        process.Start();
        process.BeginOutputReadLine();

        return process;
    }

    private static List<string> Addresses(IEnumerable<string> output) =>
    [
        .. output
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Properties"))
            .Where(properties => properties.TryGetProperty("address", out _))
            .Select(properties => properties.GetProperty("address").GetString()!),
    ];
}
