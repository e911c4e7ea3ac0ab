using System.Text.Json;

namespace HardenedService.Operations.Readiness;

/// <summary>A report that was written before, as far as it is compared with.</summary>
/// <param name="At">When.</param>
/// <param name="Service">What it was about.</param>
/// <param name="Tier">How far down it goes, in the words of <see cref="StatusWords"/>.</param>
/// <param name="Candidate">It is of a build that was not deployed.</param>
/// <param name="Checks">Its lines.</param>
internal sealed record EarlierReport(DateTimeOffset At, string Service, string Tier, bool Candidate, IReadOnlyList<EarlierRow> Checks)
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>Whether both looked at the same. Each candidate is a service of its own, on a port that was free.</summary>
    public bool IsAlike(ReadinessReport report) =>
        (Tier, Candidate) == (StatusWords.Of(report.Scope), report.Scope.IsCandidate) && (Candidate || Service == report.Service);

    /// <summary>Reads what <see cref="ReportJson"/> wrote.</summary>
    /// <exception cref="UsageException">It is not there, or is something else.</exception>
    public static EarlierReport Read(FileInfo file)
    {
        try
        {
            var report = JsonSerializer.Deserialize<EarlierReport>(File.ReadAllText(file.FullName), Strict);

            // Of what is in a list, the annotations do not tell.
            return report?.Checks.All(row => row is not null) is true ? report : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new UsageException($"{file} is no report of readiness, as --json writes it: name another file, or delete it.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file} cannot be read: {exception.Message}");
        }
    }
}

/// <summary>A line of it, in the words of <see cref="StatusWords"/>.</summary>
internal sealed record EarlierRow(string Id, string Title, string Tier, string Status, bool IsBlocking, bool IsOverdue, Gap? Gap)
{
    /// <inheritdoc cref="StatusWords.Of(ReadinessRow)"/>
    public string Word => IsOverdue ? StatusWords.Overdue : Status;
}
