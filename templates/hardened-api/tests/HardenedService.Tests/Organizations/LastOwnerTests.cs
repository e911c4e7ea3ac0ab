using System.Net;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Organizations;

/// <summary>An organization has an owner, whoever leaves and however many at once.</summary>
public sealed class LastOwnerTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task The_only_owner_can_neither_leave_nor_step_down_and_is_told_what_to_do()
    {
        var owner = await api.NewOwnerAsync();
        var member = await api.NewMemberAsync(owner.OrganizationId, "admin");

        foreach (var answer in new[] { await api.RemoveMemberAsync(owner.Token, owner.Id), await api.ChangeRoleAsync(owner.Token, owner.Id, "admin") })
        {
            var problem = await Problem.IsAsync(answer, HttpStatusCode.Conflict, "conflict");
            Assert.Contains("make somebody else an owner first", problem.GetProperty("detail").GetString());
        }

        Assert.Equal(HttpStatusCode.OK, (await api.ChangeRoleAsync(owner.Token, owner.Id, "owner")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await api.ChangeRoleAsync(owner.Token, member.Id, "owner")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await api.RemoveMemberAsync(owner.Token, owner.Id)).StatusCode);
        Assert.Equal("owner", await api.RoleAsync(owner.OrganizationId, member.Id));
    }

    [Theory]
    [InlineData(2, 20)]
    [InlineData(14, 6)]
    public async Task Of_owners_who_all_leave_or_step_down_at_once_one_stays(int many, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            var organization = await api.NewOrganizationAsync();
            var owners = await Task.WhenAll(Enumerable.Range(0, many).Select(_ => api.NewMemberAsync(organization, "owner")));

            var answers = await Task.WhenAll(owners.Select((owner, index) => (index + round) % 2 == 0
                ? api.RemoveMemberAsync(owner.Token, owner.Id)
                : api.ChangeRoleAsync(owner.Token, owner.Id, "member")));

            await Problem.IsAsync(Assert.Single(answers, answer => !answer.IsSuccessStatusCode), HttpStatusCode.Conflict, "conflict");
            Assert.Equal(1, await OwnersAsync(organization));
        }
    }

    [Fact]
    public async Task Of_owners_who_all_remove_one_another_at_once_one_stays()
    {
        for (var round = 0; round < 6; round++)
        {
            var organization = await api.NewOrganizationAsync();
            var owners = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.NewMemberAsync(organization, "owner")));

            var answers = await Task.WhenAll(owners.Select((owner, index) => api.RemoveMemberAsync(owner.Token, owners[(index + 1) % owners.Length].Id)));

            // Whoever was removed first removes nobody any more.
            Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.NoContent, HttpStatusCode.Forbidden }));
            Assert.Equal(14 - answers.Count(answer => answer.StatusCode == HttpStatusCode.NoContent), await OwnersAsync(organization));
            Assert.True(await OwnersAsync(organization) >= 1);
        }
    }

    private Task<long> OwnersAsync(Guid organization) =>
        api.ScalarAsync<long>("select count(*) from tenancy.members where organization_id = $1 and role = 'owner'", organization);
}
