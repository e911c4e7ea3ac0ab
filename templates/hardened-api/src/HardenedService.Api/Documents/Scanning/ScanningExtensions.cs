using HardenedService.Platform.Configuration;
using HardenedService.Platform.Outbound;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Sweeps;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Documents.Scanning;

internal static class ScanningExtensions
{
    public static void AddScanning(this WebApplicationBuilder builder)
    {
        builder.AddOptions<ScannerOptions>(ScannerOptions.Section);
        builder.AddOutboundPipeline(VirusScanner.Name);
        builder.Services.AddSingleton<VirusScanner>();
        builder.AddOutboxHandler<ScanDelivery>();

        // By this name, which its policies admit: documents that nobody came to scan, such as one whose message was parked.
        builder.AddSweep(services => new Sweep(
            "stuck_scans",
            """
            update documents.documents
            set status = 'unscannable',
                scanned_at = now(),
                version = version + 1
            where id = any (array(
              select id
              from documents.documents
              where status = 'scanning'
                and created_at <= now() - $2
              limit $1
              for update skip locked
            ))
            """,
            services.GetRequiredService<IOptions<ScannerOptions>>().Value.Deadline));
    }
}
