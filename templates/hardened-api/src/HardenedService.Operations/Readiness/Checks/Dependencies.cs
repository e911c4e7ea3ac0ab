using System.Text.Json;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed class Dependencies : IReadinessCheck
{
    public Concern Concern { get; } = new("dependencies", Tier.Must, "No package has a known hole")
    {
        Proves = "Within a week, a source that knows of advisories was asked about every package of today's versions, and told of none that nobody has accepted.",
        DoesNotProve = "That there are no holes which nobody knows of, or that nobody has written that file but CI; anything of the database, the runtime or the image.",
        How = "Reads artifacts/packages.json, which the step `packages` of CI writes: `dotnet run --project dev/HardenedService.Ci -- packages`.",
        Mend = "README.md",
        Holds = TimeSpan.FromDays(7),
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var path = context.InRepository("artifacts", "packages.json");

        if (!File.Exists(path))
        {
            return Finding.Fail("never looked at: run the step `packages` of CI");
        }

        try
        {
            using var report = JsonDocument.Parse(await File.ReadAllTextAsync(path, cancel));
            var at = report.RootElement.GetProperty("at").GetDateTimeOffset();
            var pins = report.RootElement.GetProperty("pins").GetString();
            var vulnerable = report.RootElement.GetProperty("vulnerable").EnumerateArray().Select(finding => $"{finding}").ToList();
            var accepted = report.RootElement.GetProperty("accepted").GetInt32();

            return Holding.Judge(Concern, at, TimeProvider.System.GetUtcNow() - at, () => pins == PackagePins.Hash(context.InRepository())
                ? Finding.Of(vulnerable, FormattableString.Invariant($"none is known{(accepted > 0 ? $", but for {accepted} that were accepted" : "")}"))
                : new(CheckStatus.Stale, "versions have changed since"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InconclusiveException($"artifacts/packages.json is not what the step `packages` writes: {exception.Message}");
        }
    }
}
