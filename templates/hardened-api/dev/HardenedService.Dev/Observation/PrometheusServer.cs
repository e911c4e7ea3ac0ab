using System.Diagnostics;
using System.Net;

namespace HardenedService.Dev.Observation;

/// <summary>Prometheus, which scrapes the running service and evaluates the solution's rules.</summary>
internal static class PrometheusServer
{
    /// <summary>Writes its configuration and tells how it is started.</summary>
    public static ProcessStartInfo StartInfo(string program, string folder, IPEndPoint address, int managementPort)
    {
        Directory.CreateDirectory(folder);
        var configuration = Path.Combine(folder, "prometheus.yml");

        // More often than in production: somebody is waiting for it.
        File.WriteAllText(
            configuration,
            $"""
            global:
              scrape_interval: 5s
              evaluation_interval: 5s
            rule_files:
              - '{Quoted(SolutionFolder.Of("ops/prometheus/rules/*.yml"))}'
            scrape_configs:
              - job_name: hardened-service
                static_configs:
                  - targets: ['127.0.0.1:{managementPort}']
            """);

        return new ProcessStartInfo(
            program,
            [
                $"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(folder, "data")}", "--storage.tsdb.retention.time=7d",
                $"--web.listen-address={address}", "--log.level=warn",
            ]);
    }

    private static string Quoted(string path) => path.Replace("'", "''", StringComparison.Ordinal);
}
