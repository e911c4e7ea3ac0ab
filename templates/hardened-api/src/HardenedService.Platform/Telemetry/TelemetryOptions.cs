namespace HardenedService.Platform.Telemetry;

/// <summary>Whose traces these are. Section <c>Telemetry</c>.</summary>
public sealed record TelemetryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Telemetry";

    /// <summary>
    /// Goes on with the trace that a request says it belongs to (<c>traceparent</c>, W3C Trace Context), and with its word on whether that is
    /// sampled. Only where every caller is one of ours, such as a gateway that replaces what clients send. Default: false.
    /// </summary>
    public bool TrustTraceContext { get; init; }
}
