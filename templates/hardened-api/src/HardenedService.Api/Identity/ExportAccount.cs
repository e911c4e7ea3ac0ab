using HardenedService.Platform.Privacy;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HardenedService.Api.Identity;

/// <summary>All that is held about somebody. docs/personal-data.md tells what the sections are.</summary>
/// <param name="UserId">The account.</param>
/// <param name="ExportedAt">The moment of which this is the state.</param>
/// <param name="Sections">What is held, by kind: for each a list of objects, which can be empty.</param>
/// <param name="Incomplete">Sections of which there is more than the newest 10,000 objects, which are here; hardly ever any.</param>
public sealed record AccountExport(
    Guid UserId,
    DateTime ExportedAt,
    IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyDictionary<string, object?>>> Sections,
    IReadOnlyCollection<string> Incomplete);

internal static class ExportAccount
{
    private const string AsFile = "attachment; filename=personal-data.json";

    /// <summary>Hands out all that is held about oneself</summary>
    /// <remarks>As a file, of one moment. Secrets, and what they could be guessed from, are not in it.</remarks>
    public static async Task<Ok<AccountExport>> Handle(Session session, PersonalData personalData, HttpResponse response, CancellationToken cancel)
    {
        var export = await personalData.ExportAsync(session.UserId, cancel);
        response.Headers.ContentDisposition = AsFile;

        return TypedResults.Ok(new AccountExport(export.UserId, export.ExportedAt, export.Sections, export.Incomplete));
    }
}
