using HardenedService.Ci;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Readiness;

/// <summary>A copy of what checks look at of this repository, and a check that looks at it.</summary>
internal static class RepositoryScene
{
    internal const string Packages = "artifacts/packages.json";
    internal const string Bill = "artifacts/sbom/HardenedService.Api.cdx.json";

    // What the runtime measures, as far as ops looks at it.
    internal const string Scraped =
        """
        # TYPE app_disk_free_bytes gauge
        # TYPE http_server_request_duration_seconds histogram
        # TYPE http_server_active_requests gauge
        # TYPE db_client_connection_count gauge
        # TYPE db_client_connection_max gauge
        # TYPE db_client_operation_duration_seconds histogram
        # TYPE db_client_operation_npgsql_bytes_read_bytes_total counter
        # TYPE db_client_operation_npgsql_bytes_written_bytes_total counter
        # TYPE db_client_operation_npgsql_executing gauge
        # TYPE dotnet_gc_last_collection_heap_size_bytes gauge
        # TYPE dotnet_process_cpu_count gauge
        # TYPE dotnet_process_cpu_time_seconds_total counter
        # TYPE dotnet_process_memory_working_set_bytes gauge
        """;

    internal static ScratchRepository Repository(TimeSpan age = default)
    {
        var repository = new ScratchRepository().Copy("ops/prometheus/rules", "ops/runbooks", "ops/grafana", "docs/metrics.md", "Directory.Packages.props");
        var at = DateTimeOffset.UtcNow - age;
        repository.Write("folder/versions.props", "<Project />");
        repository.Write(Packages, PackageAudit.Report(at, PackageAudit.Pins(repository.Path), [], accepted: 2));

        foreach (var program in new[] { Bill, Bill.Replace("Api", "Operations", StringComparison.Ordinal) })
        {
            repository.Write(program, """{ "bomFormat": "CycloneDX", "components": [{ "name": "Npgsql", "version": "10.0.0" }, { "name": "HardenedService.Platform", "version": "1.0.0" }] }""");
            File.SetLastWriteTimeUtc(repository.Of(program), at.UtcDateTime);
        }

        return repository;
    }

    internal static ReadinessContext Context(ScratchRepository repository, Uri? service, string nobody = "") => new(
        new ConfigurationBuilder().Build(),
        new() { Contacts = new Dictionary<string, string> { ["onCall"] = "Ann", ["security"] = "Bo", ["privacy"] = "Cy" }.ToDictionary(who => who.Key, who => who.Key == nobody ? "" : who.Value) },
        new DirectoryInfo(repository.Path),
        service,
        service);

    internal static async Task<Finding> RunAsync(string check, ScratchRepository repository, string nobody = "")
    {
        await using var service = await AnsweringServer.StartAsync(200, Scraped);
        using var context = Context(repository, service.Address, nobody);

        return await RunAsync(check, context);
    }

    internal static async Task<Finding> RunAsync(string id, ReadinessContext context)
    {
        // What is installed on this machine does not matter.
        var check = id == "alerts-valid" ? new AlertsValid(null) : ReadinessChecks.All.Single(one => one.Concern.Id == id);

        return Assert.Single(await new ReadinessRun(context, TextWriter.Null).RunAsync([check], TestContext.Current.CancellationToken)).Finding;
    }
}
