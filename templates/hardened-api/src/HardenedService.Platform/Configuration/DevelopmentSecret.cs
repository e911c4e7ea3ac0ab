namespace HardenedService.Platform.Configuration;

/// <summary>Secrets that protect nothing: what everybody tries first, and what the development runner makes up.</summary>
public static class DevelopmentSecret
{
    /// <summary>What the development runner's passwords begin with, so that they are recognised wherever they end up.</summary>
    public const string Mark = "development-";

    /// <summary>What is said of one.</summary>
    public const string Fault = "is a placeholder or a development secret; a secret made for this deployment is expected.";

    private static readonly HashSet<string> Placeholders = new(StringComparer.OrdinalIgnoreCase)
    {
        "admin", "changeit", "changeme", "change-me", "default", "dev", "development", "example", "pass", "passw0rd", "password",
        "placeholder", "postgres", "postgresql", "root", "secret", "test", "todo", "12345678", "123456", "hardened-service",
        "hardened_service", "hardened_service_app", "hardened_service_app_b",
    };

    /// <summary>Recognises one.</summary>
    /// <param name="value">A secret; null and empty are none, and no fault.</param>
    /// <returns>Whether it protects nothing.</returns>
    public static bool Recognizes(string? value) =>
        value is not null
            && (Placeholders.Contains(value.Trim()) || value.TrimStart().StartsWith(Mark, StringComparison.OrdinalIgnoreCase));
}
