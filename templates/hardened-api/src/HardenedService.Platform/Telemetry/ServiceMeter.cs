namespace HardenedService.Platform.Telemetry;

/// <summary>The meter of everything that this service counts itself.</summary>
public static class ServiceMeter
{
    /// <summary>The meter's name. Its instruments start with <c>hardened_service.</c></summary>
    public const string Name = "HardenedService";
}
