using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using HardenedService.Tests.Contract;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Tenancy;

/// <summary>Calls one operation as one tenant with the ids of another, and keeps what is wrong with the answers.</summary>
/// <param name="host">The API.</param>
/// <param name="database">Its database.</param>
/// <param name="schemas">The document's.</param>
/// <param name="ours">Who calls.</param>
/// <param name="theirs">Whose ids are sent.</param>
/// <param name="strangers">Everybody of whom no answer may tell anything, them included.</param>
internal sealed partial class Crossing(
    ApiHost host, TestDatabase database, JsonSchema schemas, PlantedTenant ours, PlantedTenant theirs, IReadOnlyCollection<PlantedTenant> strangers)
{
    private const int Shown = 300;
    private const int MaxPages = 100;

    // Of everybody else: a page of a list may have no room for the one whose ids are sent. What one has oneself, such as a session by
    // password, tells nothing of others.
    private readonly List<string> _theirs =
    [
        .. strangers.SelectMany(other => other.Rows.Texts).Distinct().Except(ours.Rows.Texts).Where(text => text.Length > 3),
        .. strangers.SelectMany(other => other.Rows.Ids.Keys).Select(id => $"{id}"),
    ];

    private readonly HashSet<string> _reached = [];
    private readonly HashSet<string> _foundOurs = [];
    private readonly Dictionary<string, string> _refusals = [];
    private IReadOnlyList<string>? _lines;
    private Tenant? _tenant = ours.Tenant;

    public List<string> Violations { get; } = [];

    public int Sent { get; private set; }

    /// <summary>Sends requests as they are: their answers hold nothing of the other tenant, who keeps everything.</summary>
    public async Task LookAsync(IReadOnlyList<ContractRequest> candidates, bool isGoodAnswerDue)
    {
        var statuses = new List<HttpStatusCode>();

        foreach (var candidate in candidates)
        {
            var answer = await SendAsync(candidate, id: null, "as it is");
            statuses.Add(answer.Status);

            // To the end of a list: the page with the other tenant's row may be the last one.
            for (var page = 2; page <= MaxPages && NextOf(candidate, answer) is { } next; page++)
            {
                answer = await SendAsync(next, id: null, $"on page {page}");
            }
        }

        if (isGoodAnswerDue && !statuses.Exists(status => (int)status < 300 || status == HttpStatusCode.Forbidden))
        {
            Violations.Add($"the matrix sees no good answer of it, only {string.Join(", ", statuses)}: add a ContractSeed(\"{candidates[0].Operation.Id}\") to ContractSeed.PlantAsync.");
        }
    }

    /// <summary>Puts into a place an id that nobody has, then each of the other tenant's, which has to make no difference; at last one's own.</summary>
    public async Task TryAsync(ContractRequest candidate, IdPlace place)
    {
        foreach (var request in Surroundings(candidate, place))
        {
            var nobodys = Guid.CreateVersion7();
            var refusal = await SendAsync(place.Put(request, nobodys), nobodys, $"with an id that nobody has as {place.Name}");
            _refusals.TryAdd(place.Name, $"{refusal}");

            if (!IsRefusal(refusal))
            {
                continue;
            }

            _reached.Add(place.Name);

            foreach (var (id, column) in theirs.Rows.Ids)
            {
                var answer = await SendAsync(place.Put(request, id), id, $"with another tenant's {column} as {place.Name}");

                if (answer != refusal)
                {
                    Violations.Add($"another tenant's {column} as {place.Name} is answered {answer}, and an id that nobody has {refusal}");
                }
            }

            await TryOursAsync(request, place, refusal);
        }
    }

    /// <summary>Says which places no request has got to.</summary>
    public void Conclude(IEnumerable<string> places)
    {
        foreach (var place in places)
        {
            if (!_reached.Contains(place))
            {
                Violations.Add(
                    $"the matrix does not reach {place}: an id that nobody has is answered {_refusals.GetValueOrDefault(place, "nothing, since no request fills it")}, not 404. "
                    + "Add a ContractSeed with everything else as it has to be to ContractSeed.PlantAsync; or look the id up first.");
            }
            else if (!_foundOurs.Contains(place))
            {
                Violations.Add($"no id of one's own as {place} gets a better answer than 404, so that the matrix proves nothing: plant in PlantedRows what it asks for.");
            }
        }
    }

    // A second id beside the one at hand, such as that of a document whose review is asked for: one's own, and the other tenant's.
    private IEnumerable<ContractRequest> Surroundings(ContractRequest candidate, IdPlace place)
    {
        var others = IdPlaces.In(candidate, schemas).Where(other => other.Name != place.Name).ToList();

        return others.Count == 0
            ? [candidate]
            : ours.Rows.Ids.Keys.Concat(theirs.Rows.Ids.Keys)
                .Select(id => others.Aggregate(candidate, (request, other) => other.Put(request, id)))
                .Prepend(candidate);
    }

    private async Task TryOursAsync(ContractRequest request, IdPlace place, Answer refusal)
    {
        foreach (var (id, column) in ours.Rows.Ids)
        {
            if (!_foundOurs.Contains(place.Name) && await SendAsync(place.Put(request, id), id, $"with one's own {column} as {place.Name}") is var answer
                && answer.Status != HttpStatusCode.BadRequest && ((int)answer.Status < 500) && (answer.Status != refusal.Status || refusal.Status == HttpStatusCode.Forbidden))
            {
                _foundOurs.Add(place.Name);
            }
        }
    }

    // 403: the call is none of an owner's, such as an administrator's. It tells nothing by its ids.
    private static bool IsRefusal(Answer answer) =>
        (answer.Status == HttpStatusCode.NotFound && answer.Text.Contains("\"not_found\"", StringComparison.Ordinal))
        || (answer.Status == HttpStatusCode.Forbidden && answer.Text.Contains("\"forbidden\"", StringComparison.Ordinal));

    private static ContractRequest? NextOf(ContractRequest request, Answer answer) =>
        answer.Status == HttpStatusCode.OK
            && request.Operation.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("cursor", StringComparison.OrdinalIgnoreCase)) is { } parameter
            && JsonElement.Parse(answer.Text).TryGetProperty("nextCursor", out var cursor) && cursor.GetString() is { } value
            ? request.With(parameter.Name, value)
            : null;

    private async Task<Answer> SendAsync(ContractRequest request, Guid? id, string what)
    {
        var before = _lines ??= await theirs.Rows.LinesAsync();

        // Somebody new, if it was oneself that the operation deleted.
        _tenant ??= await database.NewSessionAsync(ours.Tenant) ?? await database.NewTenantAsync();
        using var message = request.WithKeyOfItsOwn().ToMessage(_tenant.Token, cookie: "");
        using var response = await host.Public.SendAsync(message);
        var body = await response.Content.ReadAsStringAsync();
        _lines = await theirs.Rows.LinesAsync();
        Sent++;

        if (!before.SequenceEqual(_lines))
        {
            Violations.Add($"{what}, it changes what is another tenant's: {string.Join("; ", before.Except(_lines).Select(line => $"no more {line}").Concat(_lines.Except(before).Select(line => $"now {line}")))}");
        }

        // What was sent may come back; nothing else may.
        var text = id is { } sent ? body.Replace($"{sent}", "{id}", StringComparison.OrdinalIgnoreCase) : body;

        if (_theirs.Find(one => text.Contains(one, StringComparison.Ordinal)) is { } told)
        {
            Violations.Add($"{what}, it tells what is another tenant's: {told}");
        }

        if (response.IsSuccessStatusCode && request.Operation.Method != HttpMethod.Get)
        {
            // It may have ended the session, or changed what it may do.
            _tenant = null;
        }

        return new(response.StatusCode, TraceId().Replace(text, ""), string.Join(',', response.Headers.NonValidated.Select(header => header.Key).Order(StringComparer.Ordinal)));
    }

    [GeneratedRegex("\"traceId\":\"[0-9a-f]{32}\"", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TraceId();

    private sealed record Answer(HttpStatusCode Status, string Text, string Headers)
    {
        public override string ToString() => $"{(int)Status} {(Text.Length > Shown ? $"{Text[..Shown]}…" : Text)} ({Headers})";
    }
}
