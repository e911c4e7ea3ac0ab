using System.Net;
using System.Text;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Organizations;

/// <summary>Who sees members, changes their roles and removes them.</summary>
public sealed class MemberTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task The_list_is_read_page_by_page_and_its_cursors_are_of_no_use_elsewhere()
    {
        var (admin, stranger) = (await api.NewMemberAsync(await api.NewOrganizationAsync(), "admin"), await api.NewOwnerAsync());
        var others = new List<StoredMember>();

        for (var number = 0; number < 4; number++)
        {
            others.Add(await api.NewMemberAsync(admin.OrganizationId));
        }

        var first = await PageAsync(admin.Token, "?limit=3");
        var second = await PageAsync(admin.Token, $"?limit=3&cursor={first.GetProperty("nextCursor").GetString()}");

        Assert.Equal(JsonValueKind.Null, second.GetProperty("nextCursor").ValueKind);
        var items = first.GetProperty("items").EnumerateArray().Concat(second.GetProperty("items").EnumerateArray()).ToList();
        Assert.Equal(others.Append(admin).OrderBy(other => $"{other.Id}", StringComparer.Ordinal).Select(other => other.Email), items.Select(item => item.GetProperty("email").GetString()));
        Assert.Equal(["userId", "email", "role", "createdAt"], items[0].EnumerateObject().Select(member => member.Name));
        Assert.Equal("admin", items.Single(item => item.GetProperty("email").GetString() == admin.Email).GetProperty("role").GetString());

        // Of a colleague, of somebody else, of another list, and of the same person in another organization.
        var colleague = await api.NewMemberAsync(admin.OrganizationId, "admin");
        var cursor = $"?cursor={first.GetProperty("nextCursor").GetString()}";
        await Problem.IsAsync(await api.ListMembersAsync(colleague.Token, cursor), HttpStatusCode.BadRequest, "validation_failed");
        await Problem.IsAsync(await api.ListMembersAsync(stranger.Token, cursor), HttpStatusCode.BadRequest, "validation_failed");
        await Problem.IsAsync(await api.SendAsync(HttpMethod.Get, $"/v1/organization/invitations{cursor}", admin.Token), HttpStatusCode.BadRequest, "validation_failed");
        await api.JoinAsync(stranger.OrganizationId, admin.Id, "admin");
        await api.ActivateAsync(admin.Token, stranger.OrganizationId);
        await Problem.IsAsync(await api.ListMembersAsync(admin.Token, cursor), HttpStatusCode.BadRequest, "validation_failed");
    }

    [Theory]
    [InlineData("member", "list", 403)]
    [InlineData("admin", "list", 200)]
    [InlineData("owner", "list", 200)]
    [InlineData("member", "member to admin", 403)]
    [InlineData("admin", "member to admin", 200)]
    [InlineData("admin", "admin to member", 200)]
    [InlineData("admin", "member to owner", 403)]
    [InlineData("admin", "owner to member", 403)]
    [InlineData("admin", "owner to owner", 403)]
    [InlineData("owner", "member to owner", 200)]
    [InlineData("owner", "owner to member", 200)]
    [InlineData("member", "remove member", 403)]
    [InlineData("admin", "remove member", 204)]
    [InlineData("admin", "remove admin", 204)]
    [InlineData("admin", "remove owner", 403)]
    [InlineData("owner", "remove owner", 204)]
    public async Task A_role_allows_what_it_says(string role, string act, int status)
    {
        var owner = await api.NewOwnerAsync();
        var actor = await api.NewMemberAsync(owner.OrganizationId, role);
        var before = act.Split(' ') is ["remove", var removed] ? removed : act.Split(' ')[0];
        var target = act == "list" ? actor : await api.NewMemberAsync(owner.OrganizationId, before);

        var answer = act switch
        {
            "list" => await api.ListMembersAsync(actor.Token),
            _ when act.StartsWith("remove", StringComparison.Ordinal) => await api.RemoveMemberAsync(actor.Token, target.Id),
            _ => await api.ChangeRoleAsync(actor.Token, target.Id, act.Split(' ')[2]),
        };

        Assert.Equal(status, (int)answer.StatusCode);
        var after = status switch { 403 => before, 204 => "", _ => act.Split(' ')[^1] };
        Assert.Equal(act == "list" ? role : after, await api.RoleAsync(owner.OrganizationId, target.Id));
    }

    [Fact]
    public async Task Everybody_may_leave_and_nobody_may_raise_themselves()
    {
        var owner = await api.NewOwnerAsync();
        var (member, admin) = (await api.NewMemberAsync(owner.OrganizationId), await api.NewMemberAsync(owner.OrganizationId, "admin"));

        await Problem.IsAsync(await api.ChangeRoleAsync(member.Token, member.Id, "admin"), HttpStatusCode.Forbidden, "forbidden");
        await Problem.IsAsync(await api.ChangeRoleAsync(admin.Token, admin.Id, "owner"), HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal(HttpStatusCode.OK, (await api.ChangeRoleAsync(admin.Token, admin.Id, "member")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await api.RemoveMemberAsync(member.Token, member.Id)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await api.RemoveMemberAsync(admin.Token, admin.Id)).StatusCode);
        Assert.Equal("", await api.RoleAsync(owner.OrganizationId, member.Id) + await api.RoleAsync(owner.OrganizationId, admin.Id));
    }

    [Fact]
    public async Task Somebody_of_another_organization_is_not_found_like_nobody_and_stays_what_they_are()
    {
        var (mine, theirs) = (await api.NewOwnerAsync(), await api.NewMemberAsync((await api.NewOwnerAsync()).OrganizationId));

        foreach (var id in new[] { theirs.Id, Guid.NewGuid() })
        {
            await Problem.IsAsync(await api.ChangeRoleAsync(mine.Token, id, "owner"), HttpStatusCode.NotFound, "not_found");
            await Problem.IsAsync(await api.RemoveMemberAsync(mine.Token, id), HttpStatusCode.NotFound, "not_found");
        }

        Assert.Equal("member", await api.RoleAsync(theirs.OrganizationId, theirs.Id));
        Assert.Equal("", await api.RoleAsync(mine.OrganizationId, theirs.Id));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"role":null}""")]
    [InlineData("""{"role":"Owner"}""")]
    [InlineData("""{"role":"superuser"}""")]
    [InlineData("""{"role":2}""")]
    [InlineData("""{"role":"admin,owner"}""")]
    public async Task What_is_no_role_is_refused(string body)
    {
        var owner = await api.NewOwnerAsync();
        var member = await api.NewMemberAsync(owner.OrganizationId, "admin");
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        await Problem.IsAsync(
            await api.SendAsync(HttpMethod.Patch, $"/v1/organization/members/{member.Id}", owner.Token, content: content), HttpStatusCode.BadRequest, "malformed_request");
        Assert.Equal("admin", await api.RoleAsync(owner.OrganizationId, member.Id));
    }

    [Fact]
    [Wall("B5")]
    public async Task A_role_holds_from_the_next_request_on_in_every_session()
    {
        var owner = await api.NewOwnerAsync();
        var person = await api.NewMemberAsync(owner.OrganizationId);
        using var replica = api.StartAnother();
        var elsewhere = await api.NewSessionInAsync(owner.OrganizationId, person.Id);
        async Task SeesAsync(HttpStatusCode status)
        {
            Assert.Equal(status, (await api.ListMembersAsync(person.Token)).StatusCode);
            Assert.Equal(status, (await NotesFixture.SendAsync(replica.Public, elsewhere, HttpMethod.Get, "/v1/organization/members", null)).StatusCode);
        }

        for (var round = 0; round < 5; round++)
        {
            await SeesAsync(HttpStatusCode.Forbidden);
            await api.ChangeRoleAsync(owner.Token, person.Id, "admin");
            await SeesAsync(HttpStatusCode.OK);
            await api.ChangeRoleAsync(owner.Token, person.Id, "member");
        }

        await api.ChangeRoleAsync(owner.Token, person.Id, "admin");
        await api.RemoveMemberAsync(owner.Token, person.Id);
        await SeesAsync(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("change", "update tenancy.members set role = 'member'")]
    [InlineData("change", "delete from tenancy.members")]
    [InlineData("remove", "update tenancy.members set role = 'member'")]
    [InlineData("invite", "update tenancy.members set role = 'member'")]
    [InlineData("invite", "delete from tenancy.members")]
    [Wall("B5")]
    public async Task What_somebody_asks_for_is_refused_if_their_role_is_taken_away_meanwhile(string call, string taking)
    {
        var owner = await api.NewOwnerAsync();
        var (admin, target) = (await api.NewMemberAsync(owner.OrganizationId, "admin"), await api.NewMemberAsync(owner.OrganizationId));
        var address = People.NewAddress();

        // As an owner's call does: the admin's comes in while that is about to commit, and waits for it.
        await using var other = await Sql.OpenAsync(api.Database.AdminConnectionString);
        await using var transaction = await other.BeginTransactionAsync();
        await Sql.RunAsync(other, $"select 1 from tenancy.organizations where id = '{owner.OrganizationId}' for no key update");
        var calling = call switch
        {
            "change" => api.ChangeRoleAsync(admin.Token, target.Id, "admin"),
            "remove" => api.RemoveMemberAsync(admin.Token, target.Id),
            _ => api.InviteAsync(admin.Token, address),
        };
        await Eventually.HoldsAsync(
            () => api.ScalarAsync<bool>("select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"),
            "the call waits for the other");
        await Sql.RunAsync(other, $"{taking} where organization_id = '{owner.OrganizationId}' and account_id = '{admin.Id}'");
        await transaction.CommitAsync();

        await Problem.IsAsync(await calling, HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal("member", await api.RoleAsync(owner.OrganizationId, target.Id));
        Assert.Equal(0, await api.ScalarAsync<long>("select count(*) from tenancy.invitations where email = $1", address));
    }

    private async Task<JsonElement> PageAsync(string token, string query)
    {
        var answer = await api.ListMembersAsync(token, query);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        return await answer.JsonAsync();
    }
}
