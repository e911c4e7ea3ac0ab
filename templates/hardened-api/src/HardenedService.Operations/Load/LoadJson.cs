using System.Text.Encodings.Web;
using System.Text.Json;

namespace HardenedService.Operations.Load;

/// <summary>The report for programs.</summary>
internal static class LoadJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(LoadReport report) => JsonSerializer.Serialize(report, Options) + Environment.NewLine;
}
