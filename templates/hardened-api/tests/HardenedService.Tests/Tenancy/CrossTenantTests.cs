using HardenedService.Tests.Contract;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Tenancy;

/// <summary>One tenant meets another nowhere, whatever id it names. A new endpoint is covered without a new test.</summary>
public sealed class CrossTenantTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    [Wall("E1")]
    public async Task Every_operation_answers_another_tenants_ids_as_ids_that_nobody_has()
    {
        var document = new ContractDocument(await (await api.Api.Management.GetAsync("/openapi/v1.json")).JsonAsync());
        var report = await new CrossTenantMatrix(api.Api, api.Database, document, seeds: []).RunAsync();

        TestContext.Current.SendDiagnosticMessage("{0} requests", report.Requests);
        Assert.True(report.Violations.Count == 0, $"{report.Violations.Count} faults:\n\n{string.Join("\n\n", report.Violations.Take(20))}");
    }
}
