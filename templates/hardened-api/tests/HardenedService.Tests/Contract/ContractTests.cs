using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Contract;

/// <summary>The service does what its OpenAPI document says, whatever it is sent. A new endpoint is covered without a new test.</summary>
public sealed class ContractTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Every_answer_to_generated_requests_is_documented()
    {
        var run = await ContractRun.OfAsync(api, api.Api);
        var report = await run.RunAsync(await ContractSeed.PlantAsync(api, run.Email));

        TestContext.Current.SendDiagnosticMessage("{0} requests", report.Requests);
        Assert.True(report.Violations.Count == 0, $"{report.Violations.Count} answers are not as documented:\n\n{string.Join("\n\n", report.Violations.Take(20))}");
        Assert.True(
            report.NeverSucceeded.Count == 0,
            $"No generated request succeeded with {string.Join(", ", report.NeverSucceeded)}: plant what it needs in ContractSeed.PlantAsync.");
    }

    [Fact]
    public async Task Every_keyword_of_the_document_is_one_that_the_run_checks()
    {
        var document = new ContractDocument(await (await api.Api.Management.GetAsync("/openapi/v1.json")).JsonAsync());

        Assert.All(document.AllSchemas(), document.Schemas.AssertKnown);
    }
}
