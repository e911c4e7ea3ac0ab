using System.Text.Json;
using HardenedService.Operations.Readiness;

namespace HardenedService.Operations.Load;

/// <summary>The report for programs.</summary>
internal static class LoadJson
{
    public static string Write(LoadReport report) => JsonSerializer.Serialize(report, ReportJson.Options) + Environment.NewLine;
}
