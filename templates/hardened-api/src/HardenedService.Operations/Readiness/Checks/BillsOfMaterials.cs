using System.Text.Json;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed class BillsOfMaterials : IReadinessCheck
{
    private static readonly string[] Programs = ["HardenedService.Api", "HardenedService.Operations"];

    public Concern Concern { get; } = new("bill-of-materials", Tier.ThirtyDays, "It is known what the programs are made of")
    {
        Proves = "Each program that is shipped has a bill of materials (CycloneDX) of the last 30 days, and the versions in it are today's.",
        DoesNotProve = "That no package is missing from the bill, or that it is as old as its file; that it lies where it is looked for on the day that a hole is found: keep it with each release.",
        How = "Reads artifacts/sbom, which the step `sbom` of CI writes: `dotnet run --project dev/HardenedService.Ci -- sbom`.",
        Mend = "README.md",
        Holds = TimeSpan.FromDays(30),
    };

    public Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var files = Programs.Select(program => new FileInfo(context.InRepository("artifacts", "sbom", $"{program}.cdx.json"))).ToList();

        if (files.Find(file => !file.Exists) is { } missing)
        {
            return Task.FromResult(Finding.Fail($"there is no artifacts/sbom/{missing.Name}: run the step `sbom` of CI"));
        }

        var oldest = files.Min(file => new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));
        var pins = PackagePins.Read(context.InRepository());

        return Task.FromResult(Holding.Judge(Concern, oldest, TimeProvider.System.GetUtcNow() - oldest, () =>
            Finding.Of([.. files.SelectMany(file => FaultsOf(file, pins))], Counted.Of(files.Count, "program"))));
    }

    private static IEnumerable<string> FaultsOf(FileInfo file, Dictionary<string, string> pins)
    {
        try
        {
            using var bill = JsonDocument.Parse(File.ReadAllText(file.FullName));
            var packages = bill.RootElement.GetProperty("bomFormat").GetString() == "CycloneDX"
                ? bill.RootElement.GetProperty("components").EnumerateArray().Select(part => (Name: part.GetProperty("name").GetString()!, Version: part.GetProperty("version").GetString())).ToList()
                : [];

            return packages.Count == 0
                ? [$"{file.Name} names no package"]
                : [.. packages.Where(package => pins.TryGetValue(package.Name, out var pinned) && pinned != package.Version).Select(package => $"{file.Name} has {package.Name} {package.Version}, and {pins[package.Name]} is used")];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return [$"{file.Name} is no bill of materials: {exception.Message}"];
        }
    }
}
