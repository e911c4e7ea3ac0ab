using System.Globalization;
using System.Text.Json.Nodes;

namespace HardenedService.Tests.Shipping;

/// <summary>What pods owe their cluster, and manifests one another. That they are well-formed is for the cluster to say.</summary>
internal static class ManifestRules
{
    private static readonly string[] OfTheNode = ["hostNetwork", "hostPID", "hostIPC"];
    private static readonly string[] Probes = ["startupProbe", "livenessProbe", "readinessProbe"];

    /// <summary>What is wrong with a set of manifests.</summary>
    public static IEnumerable<string> Violations(IReadOnlyList<JsonObject> manifests) =>
    [
        .. manifests.Where(manifest => PodOf(manifest) is not null).SelectMany(manifest => Pod(manifest, PodOf(manifest)!)),
        .. manifests.Where(manifest => manifest["kind"].Is("Deployment")).SelectMany(deployment => Deployment(deployment, manifests)),
        .. manifests.SelectMany(manifest => Selectors(manifest, manifests)),
        .. manifests.SelectMany(Objects),
    ];

    /// <summary>The specification of a manifest's pods; null if it has none.</summary>
    public static JsonObject? PodOf(JsonObject manifest) => manifest["spec"]?["template"]?["spec"] as JsonObject;

    private static IEnumerable<string> Pod(JsonObject manifest, JsonObject pod)
    {
        var (name, security) = ($"{manifest["kind"]} {manifest["metadata"]!["name"]}", pod["securityContext"]);

        if (!pod["automountServiceAccountToken"].Is(false))
        {
            yield return $"{name} hands out a token of the cluster that nobody needs: automountServiceAccountToken: false.";
        }

        if (security?["runAsNonRoot"].Is(true) != true || !uint.TryParse($"{security["runAsUser"]}", out var user) || user == 0 || !(security["seccompProfile"]?["type"]).Is("RuntimeDefault"))
        {
            yield return $"{name} runs as root, or without seccomp: runAsNonRoot, runAsUser, seccompProfile.";
        }

        if (OfTheNode.Any(host => pod[host].Is(true)) || pod["volumes"].Objects().Any(volume => volume.ContainsKey("hostPath")))
        {
            yield return $"{name} reaches into its node.";
        }

        foreach (var container in pod["containers"]!.AsArray().Concat(pod["initContainers"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var own = container["securityContext"];

            if (own?["allowPrivilegeEscalation"].Is(false) != true || !own["readOnlyRootFilesystem"].Is(true) || !(own["capabilities"]?["drop"]).Texts().Contains("ALL") || own["privileged"].Is(true))
            {
                yield return $"{name} may do more than it has to: allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities.";
            }

            if (container["resources"]?["requests"]?["cpu"] is null || container["resources"]!["requests"]!["memory"] is null || container["resources"]!["limits"]?["memory"] is null)
            {
                yield return $"{name} asks for nothing and takes all: requests, and a limit of memory.";
            }

            foreach (var variable in (container["env"] as JsonArray ?? []).OfType<JsonObject>().Where(variable => SecretName.Looks($"{variable["name"]}") && variable.ContainsKey("value")))
            {
                yield return $"{name} has the secret {variable["name"]} in its manifest: take it from a Secret.";
            }

            var volumes = (pod["volumes"] as JsonArray ?? []).Select(volume => $"{volume!["name"]}").ToList();
            var mounted = (container["volumeMounts"] as JsonArray ?? []).Select(mount => $"{mount!["name"]}").ToList();

            foreach (var missing in mounted.Except(volumes))
            {
                yield return $"{name} mounts {missing}, which is no volume.";
            }
        }
    }

    private static IEnumerable<string> Deployment(JsonObject deployment, IReadOnlyList<JsonObject> manifests)
    {
        var (spec, pod) = (deployment["spec"]!, PodOf(deployment)!);
        var replicas = Number(spec["replicas"]);

        if (!(spec["strategy"]?["rollingUpdate"]?["maxUnavailable"]).Is(0))
        {
            yield return "A release takes replicas away before new ones are ready: maxUnavailable 0.";
        }

        if (!(spec["strategy"]?["rollingUpdate"]?["maxSurge"]).Is(1))
        {
            yield return "More replicas start at once than config check has counted connections for: maxSurge 1.";
        }

        // The cluster does not count those that end, which hold their connections meanwhile.
        if (Number(spec["minReadySeconds"]) < Number(pod["terminationGracePeriodSeconds"] ?? 30))
        {
            yield return "Replicas that end pile up: minReadySeconds as long as terminationGracePeriodSeconds.";
        }

        foreach (var probe in Probes.Where(probe => pod["containers"]![0]![probe] is null))
        {
            yield return $"There is no {probe}.";
        }

        if (pod["topologySpreadConstraints"] is not JsonArray { Count: > 0 })
        {
            yield return "All replicas may lie on one node: topologySpreadConstraints.";
        }

        var budgets = manifests.Where(manifest => manifest["kind"].Is("PodDisruptionBudget")).ToList();

        if (budgets.Count != 1 || Number(budgets[0]["spec"]!["minAvailable"]) is not (> 0 and var least) || least >= replicas)
        {
            yield return "Maintenance takes all replicas at once, or none ever: a PodDisruptionBudget below the number of replicas.";
        }

        if (!manifests.Any(manifest => manifest["kind"].Is("NetworkPolicy") && manifest["spec"]!["podSelector"]!.AsObject().Count == 0
            && manifest["spec"]!["policyTypes"].Texts() is ["Ingress", "Egress"] && manifest["spec"]!["ingress"] is null && manifest["spec"]!["egress"] is null))
        {
            yield return "Everybody may talk to everybody: a NetworkPolicy that denies by default.";
        }
    }

    // Whatever selects pods of ours selects some.
    private static IEnumerable<string> Selectors(JsonObject manifest, IReadOnlyList<JsonObject> manifests)
    {
        var pods = manifests.Select(other => other["spec"]?["template"]?["metadata"]?["labels"] as JsonObject).OfType<JsonObject>().ToList();
        var spec = manifest["spec"] as JsonObject;
        JsonObject?[] selectors =
        [
            spec?["selector"]?["matchLabels"] as JsonObject,
            manifest["kind"].Is("Service") ? spec!["selector"] as JsonObject : null,
            manifest["kind"].Is("NetworkPolicy") ? spec!["podSelector"]!["matchLabels"] as JsonObject : null,
            .. (spec?["template"]?["spec"]?["topologySpreadConstraints"] as JsonArray ?? []).Select(constraint => constraint!["labelSelector"]!["matchLabels"] as JsonObject),
        ];

        return selectors.OfType<JsonObject>()
            .Where(selector => !pods.Exists(labels => selector.All(label => labels[label.Key].Is($"{label.Value}"))))
            .Select(selector => $"{manifest["kind"]} {manifest["metadata"]!["name"]} selects no pod: {selector.ToJsonString()}");
    }

    private static IEnumerable<string> Objects(JsonObject manifest)
    {
        if (manifest["kind"].Is("Secret"))
        {
            yield return "A Secret does not lie beside the code.";
        }

        foreach (var (key, _) in (manifest["kind"].Is("ConfigMap") ? manifest["data"] as JsonObject : null) ?? [])
        {
            if (SecretName.Looks(key))
            {
                yield return $"{key} is a secret, and a ConfigMap is none.";
            }
        }
    }

    private static int Number(JsonNode? node) => int.Parse($"{node ?? "0"}", CultureInfo.InvariantCulture);
}
