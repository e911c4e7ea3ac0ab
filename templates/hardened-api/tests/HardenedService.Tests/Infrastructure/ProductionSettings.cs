namespace HardenedService.Tests.Infrastructure;

internal static class ProductionSettings
{
    public const string Database = "Host=127.0.0.1;Port=1;Username=app;Password=hard to guess;SSL Mode=VerifyFull";

    /// <summary>What a start in Production finds nothing wrong with.</summary>
    public static (string Key, string Value)[] Sound(string certificate, string database = Database, string? password = null) =>
    [
        .. ApiHost.Settings.Select(setting => (setting.Key, setting.Value)),
        ("Database:ConnectionString", database),
        ("Mail:Port", "1"),
        ("KeyRing:Certificate:File", certificate),
        .. password is null ? Array.Empty<(string, string)>() : [("KeyRing:Certificate:Password", password)],
    ];
}
