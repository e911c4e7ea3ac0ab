using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HardenedService.Ci;

/// <summary>
/// What the shipped programs are made of, as CycloneDX tells it: packages, their hashes and licences, and what needs what. The tool's version is pinned
/// in <c>.config/dotnet-tools.json</c>. The same packages make the same bytes.
/// </summary>
internal static class BillOfMaterials
{
    private static readonly string[] Shipped = ["HardenedService.Api", "HardenedService.Operations"];
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>Writes one for each program.</summary>
    public static async Task WriteAsync(Workshop workshop)
    {
        await workshop.ReadDotnetAsync("tool", "restore");
        var folder = workshop.EmptyArtifacts("sbom");

        foreach (var program in Shipped)
        {
            await workshop.DotnetAsync(
                "tool", "run", "dotnet-CycloneDX", "--", $"src/{program}/{program}.csproj", "--output", folder, "--filename", $"{program}.cdx.json",
                "--output-format", "Json", "--spec-version", "1.6", "--set-version", workshop.Version, "--include-project-references",
                "--disable-package-restore", "--no-serial-number");

            var file = Path.Combine(folder, $"{program}.cdx.json");
            await File.WriteAllTextAsync(file, Timeless(await File.ReadAllTextAsync(file), Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH")));
        }
    }

    /// <summary>Takes the time out at which it was written, or puts in the one that the sources are of.</summary>
    /// <param name="bill">The document.</param>
    /// <param name="sourceDateEpoch">Seconds since 1970, as <c>git log -1 --format=%ct</c> tells them; null for none.</param>
    internal static string Timeless(string bill, string? sourceDateEpoch)
    {
        var document = JsonNode.Parse(bill)!;
        var metadata = document["metadata"]!.AsObject();
        metadata.Remove("timestamp");

        if (long.TryParse(sourceDateEpoch, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            metadata["timestamp"] = DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        }

        return document.ToJsonString(Readable) + "\n";
    }
}
