using System.Diagnostics.Metrics;
using HardenedService.Platform.Security;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Telemetry;

/// <summary>What can be read off this replica at any time, without asking anybody.</summary>
internal sealed class Vitals(IMeterFactory meters, IOptions<KeyRingOptions> keyRing, TimeProvider clock) : IHostedService
{
    private static readonly MetricDefinition DiskFree = new(
        MetricKind.Gauge, "disk.free", "By", "Room that is left on the volume of temporary files.");

    private static readonly MetricDefinition DiskSize = new(
        MetricKind.Gauge, "disk.size", "By", "Size of the volume of temporary files.");

    private static readonly MetricDefinition CertificateLife = new(
        MetricKind.Gauge, "certificate.time_left", "s", "Time until the key ring's certificate expires, negative afterwards; nothing where there is none.");

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var disk = new DriveInfo(Path.GetTempPath());
        meters.Gauge(DiskFree, () => Of(() => disk.AvailableFreeSpace));
        meters.Gauge(DiskSize, () => Of(() => disk.TotalSize));

        if (keyRing.Value.Certificate?.Open().Certificate is { } certificate)
        {
            var end = new DateTimeOffset(certificate.NotAfter);
            certificate.Dispose();
            meters.Gauge(CertificateLife, () => [new((long)(end - clock.GetUtcNow()).TotalSeconds)]);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static IEnumerable<Measurement<long>> Of(Func<long> measure)
    {
        try
        {
            return [new(measure())];
        }
        catch (IOException)
        {
            // A volume that does not tell has no measurement.
            return [];
        }
    }
}
