using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Organizations;

/// <summary>Who invites whom, and how often.</summary>
public sealed class InvitationTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Fourteen_invitations_of_one_address_at_once_leave_one()
    {
        var (owner, email) = (await api.NewOwnerAsync(), People.NewAddress());

        var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.InviteAsync(owner.Token, email)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Single(await api.InvitationsAsync(owner.Token));
    }

    [Theory]
    [InlineData("member", "member", 403)]
    [InlineData("admin", "member", 201)]
    [InlineData("admin", "admin", 201)]
    [InlineData("admin", "owner", 403)]
    [InlineData("owner", "owner", 201)]
    public async Task Nobody_offers_a_role_that_they_could_not_give(string role, string offered, int status)
    {
        var actor = await api.NewMemberAsync((await api.NewOwnerAsync()).OrganizationId, role);
        var email = People.NewAddress();

        Assert.Equal(status, (int)(await api.InviteAsync(actor.Token, email, offered)).StatusCode);
        Assert.Equal(status == 201 ? 1 : 0, await api.ScalarAsync<long>("select count(*) from tenancy.invitations where email = $1", email));
    }

    [Fact]
    public async Task Members_neither_see_invitations_nor_take_them_back()
    {
        var owner = await api.NewOwnerAsync();
        var member = await api.NewMemberAsync(owner.OrganizationId);
        await api.InviteAsync(owner.Token, People.NewAddress());
        var id = Assert.Single(await api.InvitationsAsync(owner.Token));

        await Problem.IsAsync(await api.SendAsync(HttpMethod.Get, "/v1/organization/invitations", member.Token), HttpStatusCode.Forbidden, "forbidden");
        await Problem.IsAsync(await api.RevokeInvitationAsync(member.Token, id), HttpStatusCode.Forbidden, "forbidden");
        Assert.Single(await api.InvitationsAsync(owner.Token));
    }

    [Fact]
    public async Task Whoever_belongs_there_already_is_not_invited_and_stays_what_they_are()
    {
        var (owner, person) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());
        var token = await api.NewInvitationAsync(owner.Token, person.Email, "owner");
        await api.JoinAsync(owner.OrganizationId, person.Id);

        await Problem.IsAsync(await api.InviteAsync(owner.Token, person.Email.ToUpperInvariant(), "admin"), HttpStatusCode.Conflict, "conflict");

        Assert.Equal("member", (await (await api.AcceptAsync(person.Token, token)).JsonAsync()).GetProperty("role").GetString());
        Assert.Equal("member", await api.RoleAsync(owner.OrganizationId, person.Id));
    }

    [Fact]
    public async Task An_invitation_of_another_organization_is_neither_seen_nor_taken_back()
    {
        var (mine, theirs) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());
        var email = People.NewAddress();
        var token = await api.NewInvitationAsync(theirs.Token, email);
        var id = Assert.Single(await api.InvitationsAsync(theirs.Token));

        Assert.Empty(await api.InvitationsAsync(mine.Token));
        await Problem.IsAsync(await api.RevokeInvitationAsync(mine.Token, id), HttpStatusCode.NotFound, "not_found");
        await Problem.IsAsync(await api.RevokeInvitationAsync(mine.Token, Guid.NewGuid()), HttpStatusCode.NotFound, "not_found");
        await api.NewInvitationAsync(mine.Token, email);

        Assert.Equal([id], await api.InvitationsAsync(theirs.Token));
        Assert.NotEmpty(token);
    }

    [Fact]
    [Wall("A8")]
    public async Task Mails_are_limited_by_invited_address_by_organization_and_by_who_invites()
    {
        using var host = api.StartAnother(new Dictionary<string, string>
        {
            ["Invitations:PerAddress:Attempts"] = "2",
            ["Invitations:PerOrganization:Attempts"] = "3",
        });
        var (first, second, victim) = (await api.NewOwnerAsync(), await api.NewOwnerAsync(), People.NewAddress());
        Task<HttpResponseMessage> InviteAsync(string token, string email) => NotesFixture.SendAsync(
            host.Public, token, HttpMethod.Post, "/v1/organization/invitations", JsonContent.Create(new { email, role = "member" }));

        Assert.Equal(HttpStatusCode.Created, (await InviteAsync(first.Token, victim)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await InviteAsync(second.Token, victim.ToUpperInvariant())).StatusCode);
        await IsLimitedAsync(await InviteAsync(first.Token, victim));

        Assert.Equal(HttpStatusCode.Created, (await InviteAsync(first.Token, People.NewAddress())).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await InviteAsync(first.Token, People.NewAddress())).StatusCode);
        await IsLimitedAsync(await InviteAsync(first.Token, People.NewAddress()));
        await IsLimitedAsync(await InviteAsync((await api.NewMemberAsync(first.OrganizationId, "admin")).Token, People.NewAddress()));

        // Nor does it help to found another.
        var another = await api.NewOrganizationAsync();
        await api.JoinAsync(another, first.Id, "owner");
        await IsLimitedAsync(await InviteAsync(await api.NewSessionInAsync(another, first.Id), People.NewAddress()));
        Assert.Equal(HttpStatusCode.Created, (await InviteAsync(second.Token, People.NewAddress())).StatusCode);
    }

    [Fact]
    public async Task Expired_invitations_are_swept_and_no_others()
    {
        var (owner, due, young) = (await api.NewOwnerAsync(), People.NewAddress(), People.NewAddress());
        await api.InviteAsync(owner.Token, due);
        await api.InviteAsync(owner.Token, young);
        await api.ScalarAsync<int>("update tenancy.invitations set created_at = now() - interval '8 days', expires_at = now() where email = $1 returning 1", due);

        using var host = api.StartAnother(new Dictionary<string, string> { ["Sweeps:Interval"] = "00:00:00.050" });

        await Eventually.HoldsAsync(
            async () => await api.ScalarAsync<long>("select count(*) from tenancy.invitations where email = $1", due) == 0, "the sweep");
        Assert.Single(await api.InvitationsAsync(owner.Token));
    }

    private static async Task IsLimitedAsync(HttpResponseMessage answer)
    {
        await Problem.IsAsync(answer, HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.NotNull(answer.Headers.RetryAfter);
    }
}
