using System.Text.Json.Nodes;

namespace HardenedService.Tests.Shipping;

/// <summary>What containers of a compose file owe one another and the machine.</summary>
internal static class ComposeRules
{
    // It starts as root, and says so in the file.
    private static readonly string[] Roots = ["seq"];

    /// <summary>What is wrong with a compose file.</summary>
    public static IEnumerable<string> Violations(JsonObject compose)
    {
        var services = compose["services"]!.AsObject();

        return services.SelectMany(service => Of(service.Key, service.Value!.AsObject(), compose).Select(fault => $"{service.Key} {fault}"))
            .Concat((compose["configs"] as JsonObject ?? []).Where(config => config.Value!["file"] is null)
                .Select(config => $"{config.Key} would be written into a container, which is read-only: name a file."));
    }

    private static IEnumerable<string> Of(string name, JsonObject service, JsonObject compose)
    {
        if (!DockerfileRules.IsPinned($"{service["image"]}"))
        {
            yield return "takes another image every day: name a tag that is not latest.";
        }

        if (!service["read_only"].Is(true) || !service["cap_drop"].Texts().Contains("ALL") || service.ContainsKey("cap_add")
            || !service["security_opt"].Texts().Contains("no-new-privileges:true") || service["privileged"].Is(true))
        {
            yield return "may do more than it has to: read_only, cap_drop ALL, no-new-privileges.";
        }

        if (!Roots.Contains(name) && !(uint.TryParse($"{service["user"]}".Split(':')[0], out var user) && user > 0))
        {
            yield return "runs as root, or as a name: user and a number.";
        }

        if (!service.ContainsKey("mem_limit"))
        {
            yield return "may take all memory of the machine: mem_limit.";
        }

        if (service["network_mode"] is not null || service["networks"] is null)
        {
            yield return "is on no network of its own.";
        }

        foreach (var port in service["ports"].Texts().Where(port => port.Split(':').Length < 3))
        {
            yield return $"publishes {port} wherever it likes: say on which address.";
        }

        foreach (var volume in service["volumes"].Texts().Where(volume => volume.StartsWith('.') && !volume.EndsWith(":ro", StringComparison.Ordinal)))
        {
            yield return $"may write to the files of {volume}: end it in :ro.";
        }

        foreach (var (setting, _) in (service["environment"] as JsonObject ?? []).Where(setting => SecretName.Looks(setting.Key) && !$"{setting.Value}".StartsWith("/run/secrets/", StringComparison.Ordinal)))
        {
            yield return $"has the secret {setting} in its environment, which others can read: name a file.";
        }

        foreach (var secret in Names(service["secrets"]).Where(secret => compose["secrets"]?[secret]?["file"] is null))
        {
            yield return $"wants the secret {secret}, which has no file.";
        }

        foreach (var other in (service["depends_on"] as JsonObject ?? []).Where(other => compose["services"]?[other.Key] is null || other.Value?["condition"] is null))
        {
            yield return $"waits for {other.Key}, which is not there or not said to be what.";
        }
    }

    /// <summary>What a service calls its secrets.</summary>
    public static IEnumerable<string> Names(JsonNode? secrets) =>
        secrets is JsonArray items ? items.Select(item => $"{(item as JsonObject)?["source"] ?? item}") : [];
}

internal static class SecretName
{
    private static readonly string[] Words = ["password", "secret", "token", "apikey", "connectionstring"];

    /// <summary>Whether a setting of that name would be a secret.</summary>
    public static bool Looks(string setting) => Array.Exists(Words, word => setting.Contains(word, StringComparison.OrdinalIgnoreCase)) && !setting.StartsWith("POSTGRES_INITDB", StringComparison.Ordinal);
}
