using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace HardenedService.Operations.Readiness;

/// <summary>What the canary could read of others.</summary>
/// <param name="Faults">What it could.</param>
/// <param name="Summary">What was tried.</param>
internal sealed record Crossing(IReadOnlyList<string> Faults, string Summary);

/// <summary>
/// Signs in as the canary (Recovery:Canary), an account that is there for such things, and asks every call that reads by an id for what belongs to others.
/// Each has to be answered as an id that nobody has. Nothing changes but the canary's own session, which ends.
/// </summary>
internal static class CanaryCrossing
{
    private const string Sessions = "/v1/sessions";

    // Each is asked of each call, within the limits of an address and the time of a check.
    private const int MostIds = 12;
    private const int Created = 201;

    private static readonly TimeSpan LongestSignOut = TimeSpan.FromSeconds(5);

    // Every table of tenants' rows that have an id, as something to select from.
    private const string Tables =
        """
        select format('%I.%I', n.nspname, c.relname), c.oid = 'tenancy.organizations'::regclass
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute key on key.attrelid = c.oid and key.attname = 'id' and key.atttypid = 'uuid'::regtype
        left join pg_attribute tenant on tenant.attrelid = c.oid and tenant.attname = 'organization_id'
        where c.relkind in ('r', 'p')
          and n.nspname not in ('pg_catalog', 'information_schema', 'audit', 'identity', 'platform')
          and (tenant.attname is not null or c.oid = 'tenancy.organizations'::regclass)
        order by 1
        """;

    /// <summary>Tries it, if there is a canary.</summary>
    /// <exception cref="InconclusiveException">The service is not where it was looked for, or does not let the canary in.</exception>
    public static async Task<Crossing> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        if (context.Configuration["Recovery:Canary:Email"] is not { Length: > 0 } email)
        {
            return NotTried("no canary is named (Recovery:Canary)");
        }

        if (context.Configuration["Recovery:Canary:Password"] is not { Length: > 0 } password)
        {
            return NotTried("the canary's password is not here (Recovery:Canary:Password)");
        }

        // Of a path with two parameters, an id of others for both is one of nobody: what such a call answers tells nothing.
        var reading = (await ServiceDocument.ReadAsync(context, cancel)).Where(call => call.Method == HttpMethod.Get && call.Parameters > 0 && !call.IsOpen).ToLookup(call => call.Parameters == 1);
        var ids = await OthersAsync(context, email, cancel);

        if (!reading[true].Any() || ids.Count == 0)
        {
            return NotTried(ids.Count == 0 ? "others have nothing yet" : "no call reads by one id");
        }

        var entry = await context.ProbeAsync(
            context.Service,
            HttpMethod.Post,
            Sessions,
            request => request.Content = JsonContent.Create(new { email, password, transport = "bearer" }),
            cancel);

        if (entry.Status != Created || entry.Member("token") is not { } token)
        {
            throw new InconclusiveException(FormattableString.Invariant($"each table is behind its wall, but the canary cannot sign in to try them: {entry.Status} {entry.Code}"));
        }

        try
        {
            var (calls, nested) = (reading[true].ToList(), reading[false].Count());
            var faults = await TryAsync(context, calls, ids, token, cancel);

            return new(faults, FormattableString.Invariant($"the canary asked {Counted.Of(calls.Count, "call")} for {Counted.Of(ids.Count, "id")} of others, and got none")
                + (nested > 0 ? FormattableString.Invariant($"; {nested} with several ids were not tried") : ""));
        }
        finally
        {
            await SignOutAsync(context, token);
        }
    }

    // What was found is worth more than a session that ends by itself.
    private static async Task SignOutAsync(ReadinessContext context, string token)
    {
        using var limit = new CancellationTokenSource(LongestSignOut);

        try
        {
            await context.ProbeAsync(context.Service, HttpMethod.Delete, $"{Sessions}/current", request => Authorize(request, token), limit.Token);
        }
        catch (Exception exception) when (exception is InconclusiveException or HttpRequestException or OperationCanceledException)
        {
            // It does, within the lifetime of any session.
        }
    }

    private static Crossing NotTried(string why) => new([], $"not tried from outside: {why}");

    private static async Task<List<string>> TryAsync(
        ReadinessContext context, List<DocumentedCall> calls, IReadOnlyList<Guid> ids, string token, CancellationToken cancel)
    {
        List<string> faults = [];

        foreach (var call in calls)
        {
            var nobodys = await AskAsync(Guid.CreateVersion7());

            foreach (var id in ids)
            {
                if (await AskAsync(id) is var answer && (answer.Status, answer.Code) != (nobodys.Status, nobodys.Code))
                {
                    faults.Add(FormattableString.Invariant($"{call} answers the canary with {answer.Status} for {id}, which belongs to others"));
                }
            }

            Task<ProbeAnswer> AskAsync(Guid id) => context.ProbeAsync(context.Service, call.Method, call.Of(id), request => Authorize(request, token), cancel);
        }

        return faults;
    }

    // The newest id of each table, then the second of each, and so on.
    private static async Task<IReadOnlyList<Guid>> OthersAsync(ReadinessContext context, string email, CancellationToken cancel)
    {
        var tables = await context.QueryAsync(Tables, row => (Name: row.GetString(0), IsOrganizations: row.GetBoolean(1)), cancel);
        var own = $"""
            select m.organization_id
            from tenancy.members m
            join identity.accounts a on a.id = m.account_id
            where lower(a.email) = lower({Databases.ProvisioningSql.Literal(email)})
            """;

        return tables.Count == 0
            ? []
            : await context.QueryAsync(
                $"""
                select id
                from ({string.Join(" union all ", tables.Select(table => Newest(table.Name, table.IsOrganizations ? "id" : "organization_id", own)))}) as theirs
                order by place, id desc
                limit {MostIds}
                """,
                row => row.GetGuid(0),
                cancel);
    }

    private static string Newest(string table, string organization, string own) =>
        $"""
        (
          select id, row_number() over (order by id desc) as place
          from {table}
          where {organization} not in ({own})
          order by id desc
          limit {MostIds}
        )
        """;

    private static void Authorize(HttpRequestMessage request, string token) => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
}
