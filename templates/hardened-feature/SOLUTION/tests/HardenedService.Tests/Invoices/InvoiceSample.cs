using System.Text.Json.Nodes;
using HardenedService.Tests.Contract;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Invoices;

internal sealed class InvoiceSample : FeatureSample
{
    public override IReadOnlyList<string> Rows =>
    [
        "insert into invoices.invoices (id, organization_id, title) select gen_random_uuid(), $2, 'The title of ' || $1",
    ];

    public override IReadOnlyList<string> Rights => ["invoices.invoices: DELETE, INSERT, SELECT"];

    public override async Task<IEnumerable<ContractSeed>> PlantAsync(ApiFixture api)
    {
        var owner = await api.NewOwnerAsync();

        return
        [
            new("getInvoice") { Bearer = owner.Token, Parameters = await NewAsync() },
            new("changeInvoice", new JsonObject { ["title"] = "Another title" }) { Bearer = owner.Token, Parameters = await NewAsync() },
            new("deleteInvoice") { Bearer = owner.Token, Parameters = await NewAsync() },
        ];

        async Task<Dictionary<string, string>> NewAsync() => new() { ["id"] = $"{await api.NewInvoiceAsync(owner)}" };
    }
}
