using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Tenancy;

/// <summary>A matrix that let everything through would be worth nothing: here endpoints leak, and it has to say so.</summary>
public sealed class PlantedLeakTests(PlantedLeaks leaks) : IClassFixture<PlantedLeaks>
{
    [Theory]
    [InlineData("listMemos")]
    [InlineData("getMemo")]
    [InlineData("addMemo")]
    [InlineData("changeMemo")]
    [InlineData("removeMemo")]
    [InlineData("honestAdministrator")]
    [InlineData("honestPassword")]
    public void Endpoints_that_keep_tenants_apart_are_let_through(string operationId) => Assert.Empty(leaks.Of(operationId));

    [Theory]
    [InlineData("Read", "another tenant's leaks.leaks.id as id in path is answered 200")]
    [InlineData("Read", "tells what is another tenant's: The leak of ")]
    [InlineData("List", "as it is, it tells what is another tenant's: The leak of ")]
    [InlineData("Filter", "another tenant's tenancy.organizations.id as ownerId in query is answered 200")]
    [InlineData("Export", "as it is, it tells what is another tenant's: The leak of ")]
    [InlineData("Patch", "it changes what is another tenant's: no more leaks.leaks ")]
    [InlineData("Delete", "it changes what is another tenant's: no more leaks.leaks ")]
    [InlineData("Body", "another tenant's leaks.leaks.id as place.id in the body is answered 200")]
    public void A_leak_is_caught_whether_the_table_has_no_wall_or_the_connection_passes_it(string kind, string fault)
    {
        Has(leaks.Of($"open{kind}"), fault);
        Has(leaks.Of($"superuser{kind}"), fault.Replace("leaks.leaks", "memos.memos", StringComparison.Ordinal).Replace("The leak", "The memo", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("oracle", "another tenant's leaks.leaks.id as id in path is answered 403")]
    [InlineData("detail", "It is not yours.")]
    [InlineData("two", "another tenant's leaks.leaks.id as id in path is answered 200")]
    [InlineData("two", "another tenant's tenancy.organizations.id as place.id in the body is answered 200")]
    [InlineData("wipe", "as it is, it changes what is another tenant's: no more leaks.leaks ")]
    [InlineData("quiet", "the matrix does not reach id in path: an id that nobody has is answered 204")]
    [InlineData("nothing", "no id of one's own as id in path gets a better answer than 404")]
    [InlineData("password", "the matrix does not reach id in the body: an id that nobody has is answered 400")]
    [InlineData("password", "Add a ContractSeed")]
    public void A_further_leak_or_a_request_that_tells_nothing_is_named(string operationId, string fault) => Has(leaks.Of(operationId), fault);

    [Theory]
    [Wall("E2")]
    [InlineData("listMemos", "it tells what is another tenant's: The memo of ")]
    [InlineData("getMemo", "another tenant's memos.memos.id as id in path is answered 200")]
    [InlineData("changeMemo", "another tenant's memos.memos.id as id in path is answered 204")]
    [InlineData("removeMemo", "another tenant's memos.memos.id as id in path is answered 204")]
    public void Without_the_wall_honest_endpoints_leak(string operationId, string fault) =>
        Has([.. leaks.Unguarded.Where(violation => violation.Contains($"({operationId})", StringComparison.Ordinal))], fault);

    [Fact]
    public void A_table_of_which_the_matrix_has_no_row_is_named() => Has(leaks.Unguarded, "The matrix has no row of memos.pages");

    private static void Has(IReadOnlyList<string> violations, string fault) =>
        Assert.True(violations.Any(violation => violation.Contains(fault, StringComparison.Ordinal)), $"not found: {fault}\n\n{string.Join("\n\n", violations)}");
}
