using System.Diagnostics;
using System.Globalization;
//#if (documents)
using HardenedService.Dev.Documents;
//#endif
using HardenedService.Operations.Postgres;
using HardenedService.Operations.Recovery;

namespace HardenedService.Dev;

/// <summary>The API as a child process. We pass on what it writes, so that no line of ours lands within one of its own; it ends when we end.</summary>
internal sealed class ApiProcess(SupervisedProcess process, Uri health) : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(25);

    /// <inheritdoc cref="ServiceTrial.DotnetHost"/>
    public static string DotnetHost => ServiceTrial.DotnetHost;

    /// <summary>Completes with the exit code when the API has ended, asked or not.</summary>
    public Task<int> Exited => process.Exited;

    /// <summary>Starts the API that was built with this program. Secrets travel in its environment, which other users cannot read.</summary>
    public static ApiProcess Start(
        DevOptions options,
        //#if (documents)
        FakeSystems fakes,
        //#endif
        string connectionString,
        int smtpPort)
    {
        var start = new ProcessStartInfo(DotnetHost, [Path.Combine(AppContext.BaseDirectory, "HardenedService.Api.dll")])
        {
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = options.Environment;

        // It would win.
        start.Environment.Remove("DOTNET_ENVIRONMENT");
        start.Environment["Database__ConnectionString"] = connectionString;
        start.Environment["Service__Address"] = "localhost";
        start.Environment["Service__Port"] = options.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["Service__ManagementPort"] = options.ManagementPort.ToString(CultureInfo.InvariantCulture);
        start.Environment["Service__PublicUrl"] = $"http://localhost:{options.Port}";
        start.Environment["Mail__Host"] = "127.0.0.1";
        start.Environment["Mail__Port"] = smtpPort.ToString(CultureInfo.InvariantCulture);
        start.Environment["Mail__Security"] = "None";
        start.Environment["Mail__From"] = "no-reply@localhost";

        //#if (documents)
        // Whoever has real ones says where.
        start.Environment.TryAdd("Scanner__Host", "127.0.0.1");
        start.Environment.TryAdd("Scanner__Port", fakes.ScannerPort.ToString(CultureInfo.InvariantCulture));
        start.Environment.TryAdd("Outbound__Reviewer__BaseAddress", fakes.Address.ToString());

        //#endif
        // The API sees our pipe; whether a person reads along, only we can tell.
        start.Environment.TryAdd("Logging__Readable", Console.IsOutputRedirected ? "false" : "true");

        // No load balancer has to notice first.
        start.Environment.TryAdd("Shutdown__DrainDelay", "00:00:00");
        return new ApiProcess(
            SupervisedProcess.Start(start, "TERM KILL", StopPatience, Console.WriteLine), new Uri($"http://127.0.0.1:{options.ManagementPort}/health/ready"));
    }

    /// <summary>Returns when the API answers that it is ready.</summary>
    /// <exception cref="DevException">It ended instead, or is not ready after a minute.</exception>
    public async Task ReadyAsync(CancellationToken stop)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var answer = "nothing";
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < StartPatience && !Exited.IsCompleted;)
        {
            try
            {
                using var response = await client.GetAsync(health, stop);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }

                answer = await response.Content.ReadAsStringAsync(stop);
            }
            catch (HttpRequestException exception)
            {
                answer = exception.Message;
            }

            await Task.WhenAny(Exited, Task.Delay(TimeSpan.FromMilliseconds(25), stop));
        }

        throw new DevException(
            Exited.IsCompleted
                ? $"the API ended before it was ready, with exit code {await Exited}: its output is above."
                : $"the API is not ready after {StartPatience.TotalSeconds} seconds; {health} says: {answer}");
    }

    /// <summary>Stops the API, and returns when it is gone.</summary>
    public ValueTask DisposeAsync() => process.DisposeAsync();
}
