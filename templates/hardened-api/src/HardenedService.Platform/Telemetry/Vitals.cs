using System.Diagnostics.Metrics;
using HardenedService.Platform.Health;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Security;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Telemetry;

/// <summary>What can be read off this replica at any time, without asking anybody.</summary>
internal sealed class Vitals(
    IMeterFactory meters, ServiceHealth health, WorkerPasses workers, IOptions<KeyRingOptions> keyRing, TimeProvider clock) : IHostedService
{
    private static readonly MetricLabel Check = MetricLabel.Each("check", "the name of a check of `/health/ready`");
    private static readonly MetricLabel Worker = MetricLabel.Each("worker", "the name of a background worker");

    private static readonly MetricDefinition HealthStatus = new(
        MetricKind.Gauge, "health.status", "{status}", "What readiness last found: 0 unhealthy, which makes the replica not ready, 1 degraded, 2 healthy.", Check);

    private static readonly MetricDefinition PassAge = new(
        MetricKind.Gauge, "worker.pass_age", "s", "Time since a background worker last came to the end of a pass that did not fail.", Worker);

    private static readonly MetricDefinition DiskFree = new(
        MetricKind.Gauge, "disk.free", "By", "Room that is left on the volume of temporary files.");

    private static readonly MetricDefinition DiskSize = new(
        MetricKind.Gauge, "disk.size", "By", "Size of the volume of temporary files.");

    private static readonly MetricDefinition CertificateLife = new(
        MetricKind.Gauge, "certificate.time_left", "s", "Time until the key ring's certificate expires, negative afterwards; nothing where there is none.");

    public Task StartAsync(CancellationToken cancellationToken)
    {
        meters.Gauge(HealthStatus, () => health.Latest.Entries.Select(entry => new Measurement<long>((long)entry.Value.Status, Check.Is(entry.Key))));
        meters.Gauge(PassAge, () => workers.Ages.Select(worker => new Measurement<long>((long)worker.Value.TotalSeconds, Worker.Is(worker.Key))));
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
