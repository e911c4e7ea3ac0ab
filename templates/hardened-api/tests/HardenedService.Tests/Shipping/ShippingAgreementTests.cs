using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HardenedService.Operations;
using HardenedService.Operations.Migrations;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Health;
using HardenedService.Platform.Hosting;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Shipping;

/// <summary>What ships the service agrees with the service: settings, ports, users, paths, verbs, and how long it may take to end.</summary>
public sealed partial class ShippingAgreementTests(Certificates certificates) : IClassFixture<Certificates>
{
    private static readonly ServiceOptions Service = new();
    private static readonly HealthOptions Health = new();

    // What telemetry is given at the end comes on top.
    private static readonly TimeSpan LongestEnd = new ShutdownOptions().DrainDelay + new ShutdownOptions().Timeout + TimeSpan.FromSeconds(3);

    private static JsonObject Deployment => Shipped.Manifests.Single(manifest => manifest["kind"].Is("Deployment"));

    private static JsonObject Container => ManifestRules.PodOf(Deployment)!["containers"]![0]!.AsObject();

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Ours =>
        Shipped.Compose["services"]!.AsObject().Where(service => $"{service.Value!["image"]}".StartsWith("hardened-service:", StringComparison.Ordinal));

    [Theory]
    [InlineData("compose")]
    [InlineData("kubernetes")]
    public void Every_variable_is_a_setting_and_its_value_is_sound_in_production(string from)
    {
        var variables = (from == "compose" ? Shipped.Compose["services"]!["api-a"]!["environment"]! : Shipped.Manifests.Single(manifest => manifest["kind"].Is("ConfigMap"))["data"]!).AsObject();
        (string, string?)[] files =
        [
            ("KeyRing:Certificate:File", certificates.KeyRing(from)),
            ("KeyRing:Certificate:KeyFile", null),
            ("Database:ConnectionString", ProductionSettings.Database),
        ];
        var settings = ApiHost.Settings.Keys.Select(key => (key, (string?)null))
            .Concat(variables.Select(variable => (variable.Key.Replace("__", ":", StringComparison.Ordinal), (string?)$"{variable.Value}")));

        Assert.Empty(ApiHost.Prepare("Production", [.. settings, .. files]).CheckSettings());
    }

    [Fact]
    public void Ports_are_those_that_the_service_listens_on()
    {
        Assert.Equal($"{Service.Port} {Service.ManagementPort}", Shipped.Image.Single("EXPOSE").Arguments);
        Assert.Equal([$"{Service.Port}", $"{Service.ManagementPort}"], Container["ports"]!.AsArray().Select(port => $"{port!["containerPort"]}"));
        Assert.Equal(["http", "management"], Container["ports"]!.AsArray().Select(port => $"{port!["name"]}"));
        Assert.All(Replica().Matches(Shipped.Read("nginx/replicas.conf")), replica => Assert.Equal($"{Service.Port}", replica.Groups["port"].Value));
        Assert.All(
            Target().Matches(Shipped.Read("compose/prometheus.yml")), target => Assert.Equal($"{Service.ManagementPort}", target.Groups["port"].Value));
    }

    [Fact]
    public void Addresses_that_nginx_sends_to_are_those_of_the_replicas_and_the_one_that_they_trust_is_its_own()
    {
        var services = Shipped.Compose["services"]!;

        Assert.Equal(
            ["api-a", "api-b"],
            Replica().Matches(Shipped.Read("nginx/replicas.conf")).Select(replica => Ours.Single(service =>
                (service.Value!["networks"] as JsonObject)?["service"]?["ipv4_address"].Is(replica.Groups["address"].Value) == true).Key));
        Assert.All(["api-a", "api-b"], (string replica) => Assert.Equal($"{services["nginx"]!["networks"]!["service"]!["ipv4_address"]}", $"{services[replica]!["environment"]!["Proxies__Addresses__0"]}"));
    }

    [Fact]
    public void Nginx_does_not_tell_which_version_it_is() => Assert.Contains("    server_tokens off;\n", Shipped.Read("nginx/service.conf"), StringComparison.Ordinal);

    [Fact]
    public void Everything_of_ours_runs_as_the_user_of_the_image()
    {
        var user = Shipped.Image.Single("USER").Arguments;

        Assert.NotEmpty(Ours);
        Assert.All(Ours, service => Assert.Equal($"{user}:{user}", $"{service.Value!["user"]}"));
        Assert.All(Shipped.Manifests.Select(ManifestRules.PodOf).OfType<JsonObject>(), pod => Assert.Equal(user, $"{pod["securityContext"]!["runAsUser"]}"));
    }

    [Fact]
    public void Every_command_is_a_program_of_the_image_with_a_verb_that_it_has()
    {
        var commands = Ours.Select(service => service.Value!).Concat(Shipped.Manifests.Select(ManifestRules.PodOf).OfType<JsonObject>().Select(pod => pod["containers"]![0]!))
            .Select(container => container["entrypoint"].Texts().Concat(container["entrypoint"] is null || container["command"] is null ? [] : container["command"].Texts())
                .Concat(container["args"] is null ? [] : container["command"].Texts().Concat(container["args"].Texts())).ToList())
            .Where(command => command.Count > 0)
            .Append([.. Shipped.Image.Single("HEALTHCHECK").Words!])
            .ToList();

        Assert.Equal(4, commands.Count);
        Assert.Equal(["dotnet", "/app/api/HardenedService.Api.dll"], Shipped.Image.Single("ENTRYPOINT").Words!);
        Assert.All(commands, command =>
        {
            Assert.Equal(["dotnet", "/app/operations/HardenedService.Operations.dll"], command[..2]);
            Assert.Empty(OperationsConsole.Root(new ConfigurationManager()).Parse(command[2..]).Errors);
        });
        Assert.All(["api", "operations"], (string program) => Assert.Contains(Shipped.Image.Instructions, step => step.Name == "RUN" && step.Arguments.Contains($"-o /app/{program} ", StringComparison.Ordinal)));
        Assert.Equal("/app/api", Shipped.Image.Single("WORKDIR").Arguments);
    }

    [Fact]
    public void Whoever_ends_it_waits_until_it_has_ended()
    {
        Assert.All(["api-a", "api-b"], (string replica) => Assert.True(Seconds(Shipped.Compose["services"]![replica]!["stop_grace_period"]) >= LongestEnd));
        Assert.True(Seconds(ManifestRules.PodOf(Deployment)!["terminationGracePeriodSeconds"]) >= LongestEnd);
        Assert.Equal("SIGTERM", Shipped.Image.Single("STOPSIGNAL").Arguments);
    }

    [Fact]
    public void Probes_ask_what_there_is_and_wait_for_the_answer_and_readiness_is_noticed_while_it_drains()
    {
        // A start is over when it lives: who waits for the schema or the database is not to be killed for it.
        foreach (var (probe, question) in new[] { ("startupProbe", "live"), ("livenessProbe", "live"), ("readinessProbe", "ready") })
        {
            Assert.Equal($"/health/{question}", $"{Container[probe]!["httpGet"]!["path"]}");
            Assert.Equal("management", $"{Container[probe]!["httpGet"]!["port"]}");
            Assert.True(Seconds(Container[probe]!["timeoutSeconds"]) > Health.CheckTimeout);
        }

        var ready = Container["readinessProbe"]!;
        Assert.True(Seconds(ready["periodSeconds"]) * int.Parse($"{ready["failureThreshold"]}", CultureInfo.InvariantCulture) < new ShutdownOptions().DrainDelay);
    }

    [Fact]
    public void A_migration_is_given_the_time_that_the_migrator_gives_it_and_a_rollout_waits_as_long()
    {
        var migrator = new MigratorOptions();
        var longest = Seconds(Shipped.Manifests.Single(manifest => manifest["kind"].Is("Job"))["spec"]!["activeDeadlineSeconds"]);

        Assert.True(longest >= migrator.TurnTimeout + migrator.StatementTimeout);
        Assert.True(Seconds(Deployment["spec"]!["progressDeadlineSeconds"]) > longest);
    }

    [Fact]
    public void The_kustomization_names_every_manifest() => Assert.Equal(
        Directory.GetFiles(Path.Combine(Shipped.Folder, "kubernetes"), "*.yaml").Select(file => Path.GetFileName(file)!).Where(name => name != "kustomization.yaml").Order(),
        Yaml.Parse(Shipped.Read("kubernetes/kustomization.yaml")).Single()["resources"].Texts().Order());

    private static TimeSpan Seconds(JsonNode? node) => TimeSpan.FromSeconds(int.Parse($"{node}".TrimEnd('s'), CultureInfo.InvariantCulture));

    [GeneratedRegex(@"server (?<address>[\d.]+):(?<port>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Replica();

    [GeneratedRegex(@"api-\w:(?<port>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Target();
}
