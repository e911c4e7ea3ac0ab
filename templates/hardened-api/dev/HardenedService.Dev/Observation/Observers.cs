using System.Diagnostics;
using System.Net;
using HardenedService.Operations;
using HardenedService.Operations.Postgres;

namespace HardenedService.Dev.Observation;

/// <summary>
/// Prometheus and Grafana from this machine, as far as they are installed, with the rules and dashboards of the solution, on free ports of 127.0.0.1. They end
/// when we end. The service runs without them: if one is missing, or ends, that is said, and everything else goes on.
/// </summary>
internal sealed class Observers : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly List<SupervisedProcess> _processes = [];
    private volatile bool _stopping;

    /// <summary>Starts what is there, and says where it is.</summary>
    /// <param name="folder">Where they keep what they gather.</param>
    /// <param name="managementPort">The port that has <c>/metrics</c>.</param>
    /// <param name="say">Is told what a person should know.</param>
    public static Observers Start(string folder, int managementPort, Action<string> say)
    {
        var observers = new Observers();

        if (Programs.Find("prometheus") is not { } prometheus)
        {
            say($"--observe needs Prometheus, and there is none on PATH: install it ({Programs.Hint("prometheus")}). The service runs without it.");
            return observers;
        }

        var address = new IPEndPoint(IPAddress.Loopback, FreePorts.Take(1)[0]);
        observers.Run("Prometheus", PrometheusServer.StartInfo(prometheus, Path.Combine(folder, "prometheus"), address, managementPort), say);
        say($"Prometheus: http://{address}/alerts");

        if (Programs.Find("grafana") is not { } grafana || GrafanaServer.Home() is not { } home)
        {
            say($"Grafana is not installed ({Programs.Hint("grafana")}); without it, Prometheus shows metrics and alerts, and no dashboards.");
            return observers;
        }

        var boards = new IPEndPoint(IPAddress.Loopback, FreePorts.Take(1)[0]);
        observers.Run("Grafana", GrafanaServer.StartInfo(grafana, home, Path.Combine(folder, "grafana"), boards, prometheus: address), say);
        say($"Grafana: http://{boards}/dashboards");

        return observers;
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        await Task.WhenAll(_processes.Select(process => process.DisposeAsync().AsTask()));
    }

    private void Run(string name, ProcessStartInfo start, Action<string> say)
    {
        var process = SupervisedProcess.Start(start, "TERM KILL", StopPatience, line => say($"{name}: {line}"));
        _processes.Add(process);
        _ = TellEndAsync(name, process, say);
    }

    private async Task TellEndAsync(string name, SupervisedProcess process, Action<string> say)
    {
        var code = await process.Exited;

        if (!_stopping)
        {
            say($"{name} ended by itself, with exit code {code}.");
        }
    }
}
