using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace HardenedService.Tests.Telemetry;

internal static class TelemetryFlush
{
    private static readonly int Patience = (int)TimeSpan.FromSeconds(30).TotalMilliseconds;

    /// <summary>
    /// Returns when what a host has to tell so far has been exported. A request's span ends after its answer has gone out: who waits for one
    /// flushes until it is there.
    /// </summary>
    public static void FlushTelemetry(this ApiHost host)
    {
        host.Services.GetService<TracerProvider>()?.ForceFlush(Patience);
        host.Services.GetService<MeterProvider>()?.ForceFlush(Patience);
        host.Services.GetService<LoggerProvider>()?.ForceFlush(Patience);
    }

    /// <summary>A span that fits, once it has been exported.</summary>
    public static async Task<OtlpSpan> SpanAsync(this OtlpReceiver receiver, ApiHost host, string what, Func<OtlpSpan, bool> fits)
    {
        OtlpSpan? found = null;
        await Eventually.HoldsAsync(
            () =>
            {
                host.FlushTelemetry();
                found = receiver.Spans.FirstOrDefault(fits);

                return found is not null;
            },
            what);

        return found!;
    }
}
