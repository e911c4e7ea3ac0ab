using HardenedService.Operations.Readiness;

namespace HardenedService.Tests.Readiness;

/// <summary>Reports as a test needs them.</summary>
internal static class Reports
{
    public static readonly DateTimeOffset At = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public static readonly DateOnly Today = DateOnly.FromDateTime(At.UtcDateTime);

    public static Concern Concern(string id, Tier tier = Tier.Must) => new(id, tier, $"Title of {id}")
    {
        Proves = "What is true.",
        DoesNotProve = "What may be wrong.",
        How = "It looks.",
        Mend = "docs/readiness.md",
    };

    /// <summary>A gap that is due so many days after today.</summary>
    public static Gap Gap(string check, int days, string owner = "Ada") => new(check, "not-done-yet", owner, Today.AddDays(days), "somebody looks each day");

    public static ReadinessReport Of(ReadinessFile file, params IEnumerable<(Concern Concern, Finding Finding)> found) => ReadinessReport.Of(At, "https://service.example/", file, found);

    public static ReadinessReport Of(params IEnumerable<(string Id, CheckStatus Status)> found) =>
        Of(new ReadinessFile(), found.Select(check => (Concern(check.Id), new Finding(check.Status, $"evidence of {check.Id}"))));

    /// <summary>The report as one of the musts of a candidate, which leaves out one check for each reason.</summary>
    public static ReadinessReport AsCandidate(this ReadinessReport report) => report with
    {
        Scope = new(Tier.Must, IsCandidate: true),
        LeftOut = [Concern("backup") with { IsOfDeployment = true }, Concern("month", Tier.ThirtyDays)],
    };

    /// <summary>The report as the next one is given it.</summary>
    public static EarlierReport Earlier(ReadinessReport report)
    {
        var file = new FileInfo(Path.GetTempFileName());

        try
        {
            File.WriteAllText(file.FullName, ReportJson.Write(report));
            return EarlierReport.Read(file);
        }
        finally
        {
            file.Delete();
        }
    }
}
