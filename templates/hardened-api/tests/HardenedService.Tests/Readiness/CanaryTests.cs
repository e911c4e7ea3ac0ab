using System.Globalization;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Platform;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Tests.Readiness;

/// <summary>The canary tries the walls from outside, and what was not tried is told as that.</summary>
public sealed class CanaryTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string OthersRows = "insert into tenancy.organizations (id, name) select gen_random_uuid(), 'Others' from generate_series(1, 20)";

    [Fact]
    public async Task It_reads_nothing_of_others_and_leaves_no_session()
    {
        var canary = await CanaryAsync();
        await Sql.RunAsync(api.Database.AdminConnectionString, OthersRows);
        using var host = WithReader(_ => Task.FromResult<IResult>(TypedResults.NotFound()));

        (await new TenantWalls().LookAsync(api.Database, host, canary)).Is(CheckStatus.Pass, "calls for 12 ids of others, and got none");
        Assert.Equal(0L, await api.ScalarAsync<long>("select count(*) from identity.sessions s join identity.accounts a on a.id = s.account_id where a.email = $1", canary[0].Value!));
    }

    [Fact]
    public async Task It_finds_what_leaks()
    {
        var canary = await CanaryAsync();
        await Sql.RunAsync(api.Database.AdminConnectionString, OthersRows);

        // As the superuser, whom no wall stops.
        using var leaky = WithReader(async id =>
            await api.ScalarAsync<bool>("select exists (select from tenancy.organizations where id = $1)", id) ? TypedResults.NoContent() : TypedResults.NotFound());

        (await new TenantWalls().LookAsync(api.Database, leaky, canary)).Is(CheckStatus.Fail, "GET /v1/planted/{id} answers the canary with 204");
    }

    [Fact]
    public async Task A_path_with_several_ids_is_told_as_not_tried()
    {
        var canary = await CanaryAsync();
        await Sql.RunAsync(api.Database.AdminConnectionString, OthersRows);
        using var host = api.StartAnother(configure: TestEndpoints.Beside(endpoints => endpoints.MapApi("/v1/planted").WithTags("Planted")
            .MapGet("/{id:guid}", (Guid id) => TypedResults.NotFound()).WithName("plantedRead")));
        using var nested = api.StartAnother(configure: TestEndpoints.Beside(endpoints => endpoints.MapApi("/v1/planted").WithTags("Planted")
            .MapGet("/{id:guid}/of/{other:guid}", (Guid id, Guid other) => TypedResults.NotFound()).WithName("plantedNested")));

        Assert.Equal(await NestedAsync(host) + 1, await NestedAsync(nested));

        async Task<int> NestedAsync(ApiHost service)
        {
            var finding = await new TenantWalls().LookAsync(api.Database, service, canary);
            Assert.Equal(CheckStatus.Pass, finding.Status);
            var told = finding.Evidence.Split("; ").SingleOrDefault(part => part.EndsWith("with several ids were not tried", StringComparison.Ordinal));

            return told is null ? 0 : int.Parse(told.Split(' ')[0], CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task A_canary_without_its_password_is_not_tried() =>
        (await new TenantWalls().LookAsync(api.Database, api.Api, (await CanaryAsync())[0])).Is(CheckStatus.Pass, "not tried from outside: the canary's password is not here");

    [Fact]
    public async Task Without_a_canary_the_walls_are_not_said_to_have_been_tried() =>
        (await new TenantWalls().LookAsync(api.Database, api.Api)).Is(CheckStatus.Pass, "not tried from outside: no canary is named (Recovery:Canary)");

    [Fact]
    public async Task One_that_cannot_get_in_is_no_hole_in_a_wall()
    {
        var canary = await CanaryAsync();
        await Sql.RunAsync(api.Database.AdminConnectionString, OthersRows);
        using var host = WithReader(_ => Task.FromResult<IResult>(TypedResults.NotFound()));

        (await new TenantWalls().LookAsync(api.Database, host, canary[0], ("Recovery:Canary:Password", "wrong")))
            .Is(CheckStatus.Error, "the canary cannot sign in to try them: 401 invalid_credentials");
    }

    private ApiHost WithReader(Func<Guid, Task<IResult>> read) => api.StartAnother(configure: TestEndpoints.Beside(endpoints =>
        endpoints.MapApi("/v1/planted").WithTags("Planted").MapGet("/{id:guid}", (Guid id) => read(id)).WithName("plantedReader")));

    private async Task<(string Key, string? Value)[]> CanaryAsync() =>
        [("Recovery:Canary:Email", await api.NewPersonAsync()), ("Recovery:Canary:Password", People.Password)];
}
