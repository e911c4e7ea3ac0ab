using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Organizations;

/// <summary>Who invites whom, and who can accept.</summary>
public sealed class InvitationTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Invitations = "/v1/organization/invitations";

    [Fact]
    [Wall("C8")]
    public async Task Whoever_was_invited_accepts_once_and_is_what_the_invitation_says()
    {
        var (owner, person) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());

        var invited = await api.InviteAsync(owner.Token, person.Email, "admin");
        var item = await invited.JsonAsync();
        var mail = await api.MailAsync(person.Email);

        Assert.Equal(HttpStatusCode.Created, invited.StatusCode);
        Assert.Equal(["id", "email", "role", "createdAt", "expiresAt"], item.EnumerateObject().Select(member => member.Name));
        Assert.Equal(TimeSpan.FromDays(7), item.GetProperty("expiresAt").GetDateTime() - item.GetProperty("createdAt").GetDateTime());
        Assert.Contains($"https://service.example/accept-invitation#token={mail.Token}\n", mail.Text, StringComparison.Ordinal);
        Assert.Contains($"{owner.Email} invites you to join the organization Acme", mail.Text, StringComparison.Ordinal);
        Assert.Equal([item.GetProperty("id").GetGuid()], await ListAsync(owner));

        var accepted = await (await api.AcceptAsync(person.Token, mail.Token!)).JsonAsync();

        Assert.Equal($"{owner.OrganizationId} Acme admin False", $"{accepted.GetProperty("id")} {accepted.GetProperty("name")} {accepted.GetProperty("role")} {accepted.GetProperty("current")}");
        Assert.Equal("admin", await api.RoleAsync(owner.OrganizationId, person.Id));
        Assert.Empty(await ListAsync(owner));
        await IsRefusedAsync(person, mail.Token!);
        Assert.Equal(HttpStatusCode.OK, (await api.ActivateAsync(person.Token, owner.OrganizationId)).StatusCode);
    }

    [Fact]
    [Wall("C8")]
    public async Task An_invitation_is_worth_nothing_to_anybody_but_the_invited_and_in_the_same_words_as_junk()
    {
        var (owner, person, thief) = (await api.NewOwnerAsync(), await api.NewOwnerAsync(), await api.NewOwnerAsync());
        var member = await api.NewMemberAsync(owner.OrganizationId);
        var token = await api.NewInvitationAsync(owner.Token, person.Email, "owner");
        var unknown = token[..^3] + (token.EndsWith("AAA", StringComparison.Ordinal) ? "BBB" : "AAA");

        var refusals = new[]
        {
            await IsRefusedAsync(thief, token), await IsRefusedAsync(member, token), await IsRefusedAsync(owner, token),
            await IsRefusedAsync(thief, unknown), await IsRefusedAsync(thief, "hm1_junk"), await IsRefusedAsync(person, unknown),
        };

        Assert.Single(refusals.Distinct());
        Assert.Equal("", await api.RoleAsync(owner.OrganizationId, thief.Id));
        Assert.Equal("member", await api.RoleAsync(owner.OrganizationId, member.Id));

        // Nor to an account whose address nobody has confirmed; and the right one still can.
        await api.SetAccountAsync(person.Email, "email_confirmed = false");
        Assert.Equal(refusals[0], await IsRefusedAsync(person, token));
        await api.SetAccountAsync(person.Email, "email_confirmed = true");
        Assert.Equal(HttpStatusCode.OK, (await api.AcceptAsync(person.Token, token)).StatusCode);
    }

    [Fact]
    [Wall("C8")]
    public async Task An_expired_one_a_replaced_one_and_one_that_was_taken_back_are_worth_nothing()
    {
        var (owner, person) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());

        var expired = await api.NewInvitationAsync(owner.Token, person.Email);
        await api.ScalarAsync<int>(
            "update tenancy.invitations set created_at = now() - interval '8 days', expires_at = now() where email = $1 returning 1", person.Email);
        await IsRefusedAsync(person, expired);
        Assert.Empty(await ListAsync(owner));

        var replaced = await api.NewInvitationAsync(owner.Token, person.Email, "owner");
        var revoked = await api.NewInvitationAsync(owner.Token, person.Email.ToUpperInvariant(), "member");
        await IsRefusedAsync(person, replaced);
        var id = Assert.Single(await ListAsync(owner));
        Assert.Equal(HttpStatusCode.NoContent, (await RevokeAsync(owner, id)).StatusCode);
        await IsRefusedAsync(person, revoked);
        await Problem.IsAsync(await RevokeAsync(owner, id), HttpStatusCode.NotFound, "not_found");

        Assert.Equal("", await api.RoleAsync(owner.OrganizationId, person.Id));
    }

    [Fact]
    public async Task Accepted_fourteen_times_at_once_it_makes_one_membership()
    {
        for (var round = 0; round < 5; round++)
        {
            var (owner, person) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());
            var token = await api.NewInvitationAsync(owner.Token, person.Email, "admin");
            var sessions = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.NewSessionInAsync(person.OrganizationId, person.Id)));

            var answers = await Task.WhenAll(sessions.Select(session => api.AcceptAsync(session, token)));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
            Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
            Assert.Equal("admin", await api.RoleAsync(owner.OrganizationId, person.Id));
        }
    }

    [Fact]
    public async Task Of_replacing_revoking_and_accepting_at_once_nothing_fails_and_no_role_comes_that_was_not_offered()
    {
        for (var round = 0; round < 10; round++)
        {
            var (owner, person) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());
            var token = await api.NewInvitationAsync(owner.Token, person.Email, "admin");
            var id = Assert.Single(await ListAsync(owner));

            var accepting = api.AcceptAsync(person.Token, token);
            var (replacing, revoking) = (api.InviteAsync(owner.Token, person.Email, "member"), RevokeAsync(owner, id));

            Assert.Contains((await replacing).StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.Conflict });
            Assert.Contains((await revoking).StatusCode, new[] { HttpStatusCode.NoContent, HttpStatusCode.NotFound });
            var isIn = (await accepting).StatusCode == HttpStatusCode.OK;
            Assert.True(isIn || (await accepting).StatusCode == HttpStatusCode.Unauthorized);
            Assert.Equal(isIn ? "admin" : "", await api.RoleAsync(owner.OrganizationId, person.Id));
        }
    }

    [Fact]
    public async Task Fourteen_invitations_of_one_address_at_once_leave_one()
    {
        var (owner, email) = (await api.NewOwnerAsync(), People.NewAddress());

        var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.InviteAsync(owner.Token, email)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Single(await ListAsync(owner));
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
        var id = Assert.Single(await ListAsync(theirs));

        Assert.Empty(await ListAsync(mine));
        await Problem.IsAsync(await RevokeAsync(mine, id), HttpStatusCode.NotFound, "not_found");
        await Problem.IsAsync(await RevokeAsync(mine, Guid.NewGuid()), HttpStatusCode.NotFound, "not_found");
        await api.NewInvitationAsync(mine.Token, email);

        Assert.Equal([id], await ListAsync(theirs));
        Assert.NotEmpty(token);
    }

    [Fact]
    public async Task Whoever_acts_in_no_organization_accepts_and_goes_on_there()
    {
        var (owner, person) = (await api.NewOwnerAsync(), await api.NewMemberAsync((await api.NewOwnerAsync()).OrganizationId));
        await api.RemoveMemberAsync(person.Token, person.Id);
        var token = await api.NewInvitationAsync(owner.Token, person.Email);

        Assert.Equal(HttpStatusCode.OK, (await api.AcceptAsync(person.Token, token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await api.ActivateAsync(person.Token, owner.OrganizationId)).StatusCode);
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
            host.Public, token, HttpMethod.Post, Invitations, JsonContent.Create(new { email, role = "member" }));

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
        Assert.Single(await ListAsync(owner));
    }

    private static async Task IsLimitedAsync(HttpResponseMessage answer)
    {
        await Problem.IsAsync(answer, HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    // What is said, the trace id apart.
    private async Task<string> IsRefusedAsync(StoredMember person, string token)
    {
        var problem = await Problem.IsAsync(await api.AcceptAsync(person.Token, token), HttpStatusCode.Unauthorized, "invalid_token");

        return string.Join(' ', problem.EnumerateObject().Where(member => member.Name != "traceId"));
    }

    private Task<HttpResponseMessage> RevokeAsync(StoredMember person, Guid id) => api.SendAsync(HttpMethod.Delete, $"{Invitations}/{id}", person.Token);

    private async Task<List<Guid>> ListAsync(StoredMember person) =>
        [.. (await (await api.SendAsync(HttpMethod.Get, Invitations, person.Token)).JsonAsync()).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid())];
}
