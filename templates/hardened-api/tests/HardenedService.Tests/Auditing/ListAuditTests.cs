using System.Net;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Auditing;

/// <summary>Administrators read what was done in their organization, and in no other.</summary>
public sealed class ListAuditTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Path = "/v1/organization/audit";

    [Fact]
    public async Task It_is_read_page_by_page_the_newest_first()
    {
        var owner = await api.NewOwnerAsync();
        var member = await api.NewMemberAsync(owner.OrganizationId);
        string[] roles = ["admin", "member", "admin", "member", "admin"];

        foreach (var role in roles)
        {
            Assert.Equal(HttpStatusCode.OK, (await api.ChangeRoleAsync(owner.Token, member.Id, role)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.NoContent, (await api.RemoveMemberAsync(owner.Token, member.Id)).StatusCode);
        var first = await ReadAsync(owner.Token, "?limit=4");
        var second = await ReadAsync(owner.Token, $"?limit=4&cursor={first.GetProperty("nextCursor").GetString()}");
        JsonElement[] items = [.. first.GetProperty("items").EnumerateArray(), .. second.GetProperty("items").EnumerateArray()];

        Assert.Null(second.GetProperty("nextCursor").GetString());
        Assert.Equal(
            ["organization.member_removed", .. Enumerable.Repeat("organization.role_changed", roles.Length)],
            items.Select(item => item.GetProperty("action").GetString()));
        Assert.Equal(items.OrderByDescending(item => item.GetProperty("occurredAt").GetDateTime()), items);
        Assert.Equal(items.Length, items.Select(item => item.GetProperty("id").GetGuid()).Distinct().Count());
        Assert.All(items, item =>
        {
            Assert.Equal(("account", owner.Id), (item.GetProperty("actorKind").GetString(), item.GetProperty("actorId").GetGuid()));
            Assert.Equal((member.Id, "success"), (item.GetProperty("subjectId").GetGuid(), item.GetProperty("outcome").GetString()));
            Assert.Equal("127.0.0.1", item.GetProperty("ip").GetString());
            Assert.Equal(32, item.GetProperty("traceId").GetString()!.Length);
        });
    }

    [Fact]
    public async Task Another_organizations_records_and_cursors_are_worth_nothing()
    {
        var (owner, other) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());
        await api.InviteAsync(owner.Token, People.NewAddress());
        await api.InviteAsync(owner.Token, People.NewAddress());
        var cursor = (await ReadAsync(owner.Token, "?limit=1")).GetProperty("nextCursor").GetString();

        Assert.Empty((await ReadAsync(other.Token)).GetProperty("items").EnumerateArray());
        await Problem.IsAsync(await api.SendAsync(HttpMethod.Get, $"{Path}?cursor={cursor}", other.Token), HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    public async Task Members_do_not_read_it_nor_who_acts_in_no_organization()
    {
        var owner = await api.NewOwnerAsync();
        var member = await api.NewMemberAsync(owner.OrganizationId);
        var admin = await api.NewMemberAsync(owner.OrganizationId, "admin");
        var (_, outside) = await api.Api.NewPersonAsync(api.Database);

        await Problem.IsAsync(await api.SendAsync(HttpMethod.Get, Path, member.Token), HttpStatusCode.Forbidden, "forbidden");
        await Problem.IsAsync(await api.SendAsync(HttpMethod.Get, Path, outside), HttpStatusCode.Forbidden, "forbidden");
        await ReadAsync(admin.Token);
    }

    private async Task<JsonElement> ReadAsync(string bearer, string query = "")
    {
        var answer = await api.SendAsync(HttpMethod.Get, $"{Path}{query}", bearer);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        return await answer.JsonAsync();
    }
}
