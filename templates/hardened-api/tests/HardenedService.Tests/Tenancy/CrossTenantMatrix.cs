using HardenedService.Tests.Contract;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Npgsql;

namespace HardenedService.Tests.Tenancy;

/// <summary>What a run found.</summary>
/// <param name="Requests">How many requests it sent.</param>
/// <param name="Violations">Where one tenant met another, and where the run could not tell.</param>
internal sealed record MatrixReport(int Requests, IReadOnlyList<string> Violations);

/// <summary>
/// Calls every operation of the document as the owner of one organization, with the ids of another in every place where an id can stand. Each
/// has to be answered as an id that nobody has; nothing of the other tenant's changes, and nothing of it is in any answer.
/// </summary>
/// <param name="host">The API.</param>
/// <param name="database">Its database.</param>
/// <param name="document">What it says of itself.</param>
/// <param name="seeds">What no schema can make.</param>
/// <param name="rows">Statements that plant rows of tables that the service's own migrations do not make: see <see cref="PlantedRows"/>.</param>
internal sealed class CrossTenantMatrix(
    ApiHost host, TestDatabase database, ContractDocument document, IReadOnlyList<ContractSeed> seeds, params IReadOnlyList<string> rows)
{
    private const int Seed = 20_260_102;

    private readonly ContractRequests _requests = new(document.Schemas, new SampleValues(document.Schemas, Seed));

    public async Task<MatrixReport> RunAsync(Func<Operation, bool>? only = null)
    {
        await using var superuser = await Sql.OpenAsync(database.AdminConnectionString);
        var (sent, violations, strangers) = (0, new List<string>(), new List<PlantedTenant>());

        foreach (var operation in document.Operations.Where(only ?? (_ => true)))
        {
            // Tenants of its own: what one operation does to them is no matter of the next one's.
            var (ours, theirs) = (await PlantAsync(superuser), await PlantAsync(superuser));
            strangers.Add(theirs);
            var crossing = new Crossing(host, database, document.Schemas, ours, theirs, strangers);

            foreach (var table in theirs.Rows.EmptyTables)
            {
                crossing.Violations.Add($"The matrix has no row of {table}, hence no id of one: plant one in PlantedRows, or say in TenantRows why it is nobody's.");
            }

            await WalkAsync(operation, crossing);
            violations.AddRange(crossing.Violations.Select(violation => $"{operation}: {violation}"));
            sent += crossing.Sent;
            strangers.Add(ours);
        }

        return new(sent, [.. violations.Distinct()]);
    }

    private async Task WalkAsync(Operation operation, Crossing crossing)
    {
        var plain = _requests.Plain(operation);
        var planted = await Task.WhenAll(seeds.Where(seed => seed.OperationId == operation.Id).Select(seed => seed.GrownAsync()));
        var candidates = planted.Select(seed => ContractRequests.Planted(plain, seed) with { Bearer = null }).Append(plain).ToList();
        var places = IdPlaces.Of(operation, document.Schemas).ToHashSet();

        if (places.Count == 0 || operation.Method == HttpMethod.Get)
        {
            await crossing.LookAsync(candidates, isGoodAnswerDue: places.Count == 0 && operation.Method == HttpMethod.Get);
        }

        foreach (var candidate in candidates)
        {
            foreach (var place in IdPlaces.In(candidate, document.Schemas))
            {
                await crossing.TryAsync(candidate, place);
            }
        }

        crossing.Conclude(places);
    }

    private async Task<PlantedTenant> PlantAsync(NpgsqlConnection superuser)
    {
        var tenant = await database.NewTenantAsync();
        await database.PlantRowsAsync(tenant, rows);

        return new(tenant, await TenantRows.OfAsync(superuser, tenant));
    }
}

/// <summary>A tenant with a row in every table.</summary>
internal sealed record PlantedTenant(Tenant Tenant, TenantRows Rows);
