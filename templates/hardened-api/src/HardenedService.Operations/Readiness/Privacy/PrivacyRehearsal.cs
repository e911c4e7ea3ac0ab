using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace HardenedService.Operations.Readiness.Privacy;

/// <summary>Has somebody exported and erased by the service that runs, and looks in the database whether anything is left.</summary>
/// <param name="context">The service and its database.</param>
/// <param name="output">Is told what happens.</param>
internal sealed class PrivacyRehearsal(ReadinessContext context, TextWriter output)
{
    /// <summary>The fact that says what is wrong; empty if nothing is.</summary>
    public const string Fault = "fault";

    private const int Ok = 200;
    private const int Created = 201;
    private const int NoContent = 204;

    /// <summary>Runs it and writes down what came of it.</summary>
    /// <param name="email">Where the mails of the service go; nobody's account.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Whether nothing is wrong.</returns>
    /// <exception cref="InconclusiveException">The service is not where it was looked for.</exception>
    public async Task<bool> RunAsync(string email, CancellationToken cancel)
    {
        // Whoever is not where the service is finds out before anybody is made.
        await context.ProbeAsync(context.Service, HttpMethod.Get, "/v1/account", cancel);
        var watch = Stopwatch.StartNew();
        var columns = await PersonalColumns.ReadAsync(context, cancel);
        var tables = columns.Select(column => column.Table).Distinct().Count();
        var person = await RehearsedPerson.MakeAsync(context.OperatorConnectionString, email, cancel);
        await output.WriteLineAsync($"Made {email} ({person.Id}), to be exported and erased.");
        var (fault, sections) = await LeaveAsync(person, columns, tables, cancel);
        await context.Evidence.WriteAsync(
            EvidenceKind.PrivacyRehearsal, new { fault, sections, tables, columns = columns.Count, tookSeconds = Math.Round(watch.Elapsed.TotalSeconds, 1) }, cancel);
        await output.WriteLineAsync(fault.Length > 0
            ? $"{char.ToUpperInvariant(fault[0])}{fault[1..]}."
            : FormattableString.Invariant($"Exported in {sections} sections, and erased: no column of {tables} tables names them any more."));

        return fault.Length == 0;
    }

    private async Task<(string Fault, int Sections)> LeaveAsync(RehearsedPerson person, IReadOnlyList<PersonalColumn> columns, int tables, CancellationToken cancel)
    {
        var entry = await context.ProbeAsync(
            context.Service,
            HttpMethod.Post,
            "/v1/sessions",
            request => request.Content = JsonContent.Create(new { email = person.Email, password = person.Password, transport = "bearer" }),
            cancel);

        if (entry.Status != Created || entry.Member("token") is not { } token)
        {
            return (Line($"they could not sign in: {entry.Status} {entry.Code}; the account is left"), 0);
        }

        var export = await SendAsync(HttpMethod.Get, "/v1/account/export");
        var erasure = await SendAsync(HttpMethod.Delete, "/v1/account");

        // What was exported can be looked at when they are gone; whoever stumbles over it leaves nobody behind.
        var (fault, sections) = export.Status == Ok ? Judge(export.Body, person, tables) : (Line($"the export was answered with {export.Status} {export.Code}"), 0);

        if (erasure.Status != NoContent)
        {
            return (Line($"the deletion was answered with {erasure.Status} {erasure.Code}; the account is left"), sections);
        }

        var left = await PersonalColumns.LeftAsync(context, columns, person.Id, person.Email, cancel);

        return (left.Count > 0 ? $"after the deletion they are still named in {string.Join(", ", left)}" : fault, sections);

        Task<ProbeAnswer> SendAsync(HttpMethod method, string path) =>
            context.ProbeAsync(context.Service, method, path, request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token), cancel);
    }

    // Each table that tells of people has a section of its own, with or without rows.
    private static (string Fault, int Sections) Judge(string body, RehearsedPerson person, int tables)
    {
        try
        {
            using var export = JsonDocument.Parse(body);

            return Judge(export.RootElement, person, tables);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return ("the export has another form than the service writes", 0);
        }
    }

    private static (string Fault, int Sections) Judge(JsonElement export, RehearsedPerson person, int tables)
    {
        var sections = export.GetProperty("sections").EnumerateObject().ToList();

        return (sections.Count < tables ? Line($"the export has {sections.Count} sections, and {tables} tables tell of people")
            : export.GetProperty("userId").GetGuid() != person.Id ? "the export is somebody else's"
            : !sections.SelectMany(section => section.Value.EnumerateArray()).SelectMany(row => row.EnumerateObject()).Any(member => IsText(member.Value, person.Email)) ? "the export does not know their address"
            : "", sections.Count);
    }

    private static bool IsText(JsonElement value, string text) => value.ValueKind is JsonValueKind.String && value.ValueEquals(text);

    private static string Line(FormattableString text) => FormattableString.Invariant(text);
}
