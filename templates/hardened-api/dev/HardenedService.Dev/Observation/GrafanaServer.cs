using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace HardenedService.Dev.Observation;

/// <summary>Grafana 10 or newer, with Prometheus as its data source and the solution's dashboards. Whoever reaches it, on this machine, may look and change.</summary>
internal static class GrafanaServer
{
    // Where installers put what belongs to the program.
    private static readonly string[] Homes =
        ["/usr/share/grafana", "/opt/homebrew/opt/grafana/share/grafana", "/usr/local/opt/grafana/share/grafana", @"C:\Program Files\GrafanaLabs\grafana"];

    /// <summary>The directory of its own files; null if it is nowhere.</summary>
    public static string? Home() => Homes.FirstOrDefault(Directory.Exists);

    /// <summary>Writes what it is provisioned with and tells how it is started.</summary>
    public static ProcessStartInfo StartInfo(string program, string home, string folder, IPEndPoint address, IPEndPoint prometheus)
    {
        var provisioning = Path.Combine(folder, "provisioning");
        Directory.CreateDirectory(Path.Combine(provisioning, "datasources"));
        Directory.CreateDirectory(Path.Combine(provisioning, "dashboards"));
        File.WriteAllText(
            Path.Combine(provisioning, "datasources", "prometheus.yml"),
            $"""
            apiVersion: 1
            datasources:
              - name: Prometheus
                type: prometheus
                access: proxy
                url: http://{prometheus}
                isDefault: true
            """);
        File.WriteAllText(
            Path.Combine(provisioning, "dashboards", "dashboards.yml"),
            $"""
            apiVersion: 1
            providers:
              - name: ops
                options:
                  path: '{SolutionFolder.Of("ops/grafana").Replace("'", "''", StringComparison.Ordinal)}'
            """);

        var start = new ProcessStartInfo(program, ["server", "--homepath", home]);
        start.Environment["GF_SERVER_HTTP_ADDR"] = address.Address.ToString();
        start.Environment["GF_SERVER_HTTP_PORT"] = address.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["GF_PATHS_DATA"] = Path.Combine(folder, "data");
        start.Environment["GF_PATHS_LOGS"] = Path.Combine(folder, "logs");
        start.Environment["GF_PATHS_PROVISIONING"] = provisioning;
        start.Environment["GF_LOG_LEVEL"] = "error";
        start.Environment["GF_AUTH_ANONYMOUS_ENABLED"] = "true";
        start.Environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] = "Admin";
        start.Environment["GF_AUTH_DISABLE_LOGIN_FORM"] = "true";
        start.Environment["GF_ANALYTICS_REPORTING_ENABLED"] = "false";
        start.Environment["GF_ANALYTICS_CHECK_FOR_UPDATES"] = "false";

        return start;
    }
}
