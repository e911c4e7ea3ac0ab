using System.Text.Encodings.Web;
using System.Text.Json;

namespace HardenedService.Operations.Readiness;

/// <summary>The report for programs, and for the next report to be compared with.</summary>
internal static class ReportJson
{
    /// <summary>How every report is written that a program reads, and people may.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(ReadinessReport report) => JsonSerializer.Serialize(
        new
        {
            report.At,
            report.Service,
            report.FirstRelease,
            report.IsFirstReleaseRecorded,
            Ready = report.IsReady,
            Verdict = StatusWords.Verdict(report),
            Tier = StatusWords.Of(report.Scope),
            Candidate = report.Scope.IsCandidate,
            LeftOut = report.LeftOut.Select(concern => concern.Id),
            Checks = report.Rows.Select(row => new
            {
                row.Concern.Id,
                Tier = StatusWords.Of(row.Tier),
                Status = StatusWords.Of(row.Status),
                row.IsBlocking,
                row.IsOverdue,
                row.Evidence,
                row.Concern.Title,
                row.Concern.Proves,
                row.Concern.DoesNotProve,
                row.Concern.How,
                row.Concern.Mend,
                HoldsDays = row.Concern.Holds?.TotalDays,
                row.Gap,
            }),
        },
        Options) + Environment.NewLine;
}
