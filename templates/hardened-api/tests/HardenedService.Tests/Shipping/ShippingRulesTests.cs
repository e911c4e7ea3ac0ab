using System.Text.Json.Nodes;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Shipping;

/// <summary>The Dockerfile, the compose file and the manifests keep the rules, and the rules find what breaks them.</summary>
public sealed class ShippingRulesTests
{
    [Fact]
    [Wall("J5")]
    public void The_image_runs_as_nobody_in_particular_without_a_shell() => Assert.Empty(DockerfileRules.Violations(Shipped.Image));

    [Fact]
    [Wall("J5")]
    public void Containers_have_no_privileges_no_root_and_a_file_system_that_is_read_only() => Assert.Empty(ComposeRules.Violations(Shipped.Compose));

    [Fact]
    [Wall("J5")]
    public void Pods_have_no_privileges_no_root_and_a_file_system_that_is_read_only() => Assert.Empty(ManifestRules.Violations(Shipped.Manifests));

    [Theory]
    [InlineData("USER 1654", "USER root", "runs as root")]
    [InlineData("USER 1654", "USER 0:0", "runs as root")]
    [InlineData("USER 1654", "", "runs as root")]
    [InlineData("aspnet:10.0-noble-chiseled-extra", "aspnet:10.0-noble", "not chiseled")]
    [InlineData("aspnet:10.0-noble-chiseled-extra", "aspnet:10.0-noble-chiseled", "not chiseled")]
    [InlineData("sdk:10.0-noble", "sdk:latest", "another image every day")]
    [InlineData("sdk:10.0-noble", "sdk", "another image every day")]
    [InlineData("COPY src src", "COPY . .", "COPY . takes whatever")]
    [InlineData("COPY src src", "ADD https://example.org/a.tgz /src", "ADD fetches")]
    [InlineData("ENTRYPOINT [\"dotnet\", \"/app/api/HardenedService.Api.dll\"]", "ENTRYPOINT dotnet /app/api/HardenedService.Api.dll", "goes through a shell")]
    [InlineData("STOPSIGNAL SIGTERM", "", "has no STOPSIGNAL")]
    [InlineData("EXPOSE 8080 8081", "ENV Mail__Host=a\nARG NUGET_PASSWORD", "ARG NUGET_PASSWORD looks like a secret")]
    [InlineData("EXPOSE 8080 8081", "RUN curl https://example.org/install | sh", "pipes a download")]
    [InlineData("EXPOSE 8080 8081", "RUN apt-get update && apt-get install -y curl", "apt-get install")]
    [InlineData(" --locked-mode", "", "whatever versions")]
    [InlineData("COPY global.json", "COPY src src\nCOPY global.json", "after the sources")]
    public void A_dockerfile_that_breaks_a_rule_is_found(string written, string planted, string finding)
    {
        var text = Shipped.Read("containers/Dockerfile");
        Assert.Contains(written, text, StringComparison.Ordinal);

        Assert.Contains(
            DockerfileRules.Violations(Dockerfile.Parse(text.Replace(written, planted, StringComparison.Ordinal))),
            violation => violation.Contains(finding, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("image: postgres:17.6-bookworm", "image: postgres", "postgres takes another image")]
    [InlineData("  read_only: true", "  read_only: false", "api-a may do more")]
    [InlineData("  cap_drop: [ALL]", "  cap_drop: [NET_RAW]", "nginx may do more")]
    [InlineData("user: \"1654:1654\"", "user: \"0:0\"", "migrate runs as root")]
    [InlineData("  mem_limit: 512m\n  pids", "  pids", "api-b may take all memory")]
    [InlineData("\"0.0.0.0:8443:443\"", "\"8443:443\"", "nginx publishes 8443:443 wherever")]
    [InlineData("conf.d/default.conf:ro", "conf.d/default.conf", "nginx may write")]
    [InlineData("Proxies__Enabled: \"true\"", "Mail__Password: hunter2", "api-a has the secret Mail__Password")]
    [InlineData("secrets: [grafana-password]", "secrets: [grafana-pasword]", "grafana wants the secret grafana-pasword")]
    [InlineData("provision: { condition: service_completed_successfully }", "provison: {}", "migrate waits for provison")]
    [InlineData("collector: { file: ./compose/collector.yaml }", "collector: { content: none }", "collector would be written")]
    public void A_compose_file_that_breaks_a_rule_is_found(string written, string planted, string finding) =>
        Assert.Contains(
            ComposeRules.Violations(Assert.Single(Yaml.Parse(Planted("compose.yaml", written, planted)))),
            violation => violation.StartsWith(finding, StringComparison.Ordinal));

    [Theory]
    [InlineData("deployment", "automountServiceAccountToken: false", "automountServiceAccountToken: true", "token of the cluster")]
    [InlineData("deployment", "runAsNonRoot: true, ", "", "runs as root")]
    [InlineData("migration", "seccompProfile: { type: RuntimeDefault }", "seccompProfile: { type: Unconfined }", "without seccomp")]
    [InlineData("deployment", "enableServiceLinks: false", "hostNetwork: true", "reaches into its node")]
    [InlineData("deployment", "emptyDir: { sizeLimit: 64Mi }", "hostPath: { path: /tmp }", "reaches into its node")]
    [InlineData("migration", "readOnlyRootFilesystem: true, ", "", "more than it has to")]
    [InlineData("deployment", "drop: [ALL]", "drop: [NET_RAW]", "more than it has to")]
    [InlineData("deployment", "limits: { memory: 512Mi }", "limits: {}", "takes all")]
    [InlineData("deployment", "name: tmp, mountPath", "name: temp, mountPath", "mounts temp")]
    [InlineData("deployment", "envFrom:", "env: [{ name: Mail__Password, value: hunter2 }]\n          envFrom:", "has the secret Mail__Password")]
    [InlineData("deployment", "maxUnavailable: 0", "maxUnavailable: 1", "maxUnavailable 0")]
    [InlineData("deployment", "maxSurge: 1", "maxSurge: 25%", "maxSurge 1")]
    [InlineData("deployment", "minReadySeconds: 30", "minReadySeconds: 5", "pile up")]
    [InlineData("deployment", "  minReadySeconds: 30\n", "", "pile up")]
    [InlineData("deployment", "readinessProbe:", "readyProbe:", "no readinessProbe")]
    [InlineData("deployment", "topologySpreadConstraints:", "topologySpread:", "on one node")]
    [InlineData("disruption", "minAvailable: 2", "minAvailable: 3", "none ever")]
    [InlineData("network", "podSelector: {}", "podSelector: { matchLabels: { app.kubernetes.io/component: api } }", "denies by default")]
    [InlineData("service", "component: api }\n  ports", "component: web }\n  ports", "Service hardened-service selects no pod")]
    [InlineData("settings", "Mail__Host: mail.example", "Mail__Password: hunter2", "a ConfigMap is none")]
    public void A_manifest_that_breaks_a_rule_is_found(string file, string written, string planted, string finding)
    {
        var others = Directory.GetFiles(Path.Combine(Shipped.Folder, "kubernetes")).Select(Path.GetFileNameWithoutExtension).Where(name => name != file && name != "kustomization");
        List<JsonObject> manifests = [.. Yaml.Parse(Planted($"kubernetes/{file}.yaml", written, planted)), .. others.SelectMany(name => Yaml.Parse(Shipped.Read($"kubernetes/{name}.yaml")))];

        Assert.Contains(ManifestRules.Violations(manifests), violation => violation.Contains(finding, StringComparison.Ordinal));
    }

    private static string Planted(string file, string written, string planted)
    {
        var text = Shipped.Read(file);
        Assert.Contains(written, text, StringComparison.Ordinal);

        return text.Replace(written, planted, StringComparison.Ordinal);
    }
}
