using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using HardenedService.Tests.Contract;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Organizations;

/// <summary>What is not the client's to say is refused in every body. A new operation is covered without a new test.</summary>
public sealed class MassAssignmentTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static readonly Dictionary<string, JsonNode> NotTheirs = new()
    {
        ["id"] = "0197f2f4-7c1e-7d3a-9c55-000000000001",
        ["organizationId"] = "0197f2f4-7c1e-7d3a-9c55-000000000001",
        ["role"] = "owner",
        ["createdAt"] = "2025-01-01T00:00:00Z",
        ["version"] = 1,
        ["passwordHash"] = "AQAAAAIAAYagAAAAEA==",
    };

    [Fact]
    [Wall("E5")]
    public async Task A_member_that_is_not_the_clients_to_say_is_refused_and_nothing_changes()
    {
        var document = new ContractDocument(await (await api.Api.Management.GetAsync("/openapi/v1.json")).JsonAsync());
        var samples = new SampleValues(document.Schemas, seed: 5);
        var person = await api.NewOwnerAsync();
        Assert.Equal(HttpStatusCode.OK, (await api.ListMembersAsync(person.Token)).StatusCode);
        var before = await StateAsync();
        var sent = 0;

        foreach (var operation in document.Operations.Where(operation => operation.Body is not null))
        {
            var known = document.Schemas.Resolve(operation.Body!.Value).GetProperty("properties").EnumerateObject().Select(member => member.Name);

            foreach (var (name, value) in NotTheirs.ExceptBy(known, member => member.Key))
            {
                var body = samples.Fitting(operation.Body.Value)!.AsObject();
                body[name] = value.DeepClone();
                using var message = new ContractRequest(operation, name)
                {
                    Body = body.ToJsonString(),
                    Parameters = operation.Parameters
                        .Where(parameter => parameter.IsRequired)
                        .ToDictionary(parameter => parameter.Name, parameter => parameter.Example ?? $"{samples.Fitting(parameter.Schema)}"),
                }.ToMessage(person.Token, cookie: "");
                using var answer = await api.Client.SendAsync(message);

                Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{operation} took {name}: {answer.StatusCode}");
                Assert.Equal("malformed_request", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
                sent++;
            }
        }

        Assert.True(sent > 100, $"{sent} requests");
        Assert.Equal(before, await StateAsync());
    }

    // Every row of every table.
    private async Task<string> StateAsync()
    {
        var tables = await api.ScalarAsync<string[]>(
            """
            select array_agg(format('%I.%I', schemaname, tablename) order by 1)
            from pg_tables
            where schemaname not in ('pg_catalog', 'information_schema')
            """);
        var digests = tables.Select(table => $"(select '{table} ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {table} t)");

        return await api.ScalarAsync<string>($"select concat_ws(e'\n', {string.Join(", ", digests)})");
    }
}
