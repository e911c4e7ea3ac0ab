using System.Net;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Organizations;

/// <summary>Who can accept an invitation, and when it is worth nothing.</summary>
public sealed class AcceptInvitationTests(ApiFixture api) : IClassFixture<ApiFixture>
{
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
        Assert.Equal([item.GetProperty("id").GetGuid()], await api.InvitationsAsync(owner.Token));

        var accepted = await (await api.AcceptAsync(person.Token, mail.Token!)).JsonAsync();

        Assert.Equal($"{owner.OrganizationId} Acme admin False", $"{accepted.GetProperty("id")} {accepted.GetProperty("name")} {accepted.GetProperty("role")} {accepted.GetProperty("current")}");
        Assert.Equal("admin", await api.RoleAsync(owner.OrganizationId, person.Id));
        Assert.Empty(await api.InvitationsAsync(owner.Token));
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
    public async Task A_replaced_one_one_that_was_taken_back_and_an_expired_one_are_worth_nothing()
    {
        var (owner, person) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());

        var replaced = await api.NewInvitationAsync(owner.Token, person.Email, "owner");
        var revoked = await api.NewInvitationAsync(owner.Token, person.Email.ToUpperInvariant(), "member");
        await IsRefusedAsync(person, replaced);
        var id = Assert.Single(await api.InvitationsAsync(owner.Token));
        Assert.Equal(HttpStatusCode.NoContent, (await api.RevokeInvitationAsync(owner.Token, id)).StatusCode);
        await IsRefusedAsync(person, revoked);
        await Problem.IsAsync(await api.RevokeInvitationAsync(owner.Token, id), HttpStatusCode.NotFound, "not_found");

        var expired = await api.NewInvitationAsync(owner.Token, person.Email);
        await api.ScalarAsync<int>(
            "update tenancy.invitations set created_at = now() - interval '8 days', expires_at = now() where email = $1 returning 1", person.Email);
        await IsRefusedAsync(person, expired);
        Assert.Empty(await api.InvitationsAsync(owner.Token));

        Assert.Equal("", await api.RoleAsync(owner.OrganizationId, person.Id));
    }

    [Theory]
    [InlineData("admin", "member", "removed", false)]
    [InlineData("admin", "admin", "member", false)]
    [InlineData("owner", "owner", "admin", false)]
    [InlineData("owner", "admin", "admin", true)]
    [InlineData("admin", "member", "owner", true)]
    [Wall("B5")]
    public async Task Whoever_could_not_offer_a_role_any_more_does_not_go_on_offering_it(string role, string offered, string now, bool isGood)
    {
        var (owner, person) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());
        var inviter = await api.NewMemberAsync(owner.OrganizationId, role);
        await api.InviteAsync(owner.Token, People.NewAddress());
        var token = await api.NewInvitationAsync(inviter.Token, person.Email, offered);

        using var changed = now == "removed"
            ? await api.RemoveMemberAsync(owner.Token, inviter.Id)
            : await api.ChangeRoleAsync(owner.Token, inviter.Id, now);

        Assert.True(changed.IsSuccessStatusCode);
        Assert.Equal(isGood ? 2 : 1, (await api.InvitationsAsync(owner.Token)).Count);
        Assert.Equal(isGood ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, (await api.AcceptAsync(person.Token, token)).StatusCode);
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
            var id = Assert.Single(await api.InvitationsAsync(owner.Token));

            var accepting = api.AcceptAsync(person.Token, token);
            var (replacing, revoking) = (api.InviteAsync(owner.Token, person.Email, "member"), api.RevokeInvitationAsync(owner.Token, id));

            Assert.Contains((await replacing).StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.Conflict });
            Assert.Contains((await revoking).StatusCode, new[] { HttpStatusCode.NoContent, HttpStatusCode.NotFound });
            var isIn = (await accepting).StatusCode == HttpStatusCode.OK;
            Assert.True(isIn || (await accepting).StatusCode == HttpStatusCode.Unauthorized);
            Assert.Equal(isIn ? "admin" : "", await api.RoleAsync(owner.OrganizationId, person.Id));
        }
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
    [Wall("B6")]
    public async Task A_session_that_is_ended_meanwhile_accepts_nothing()
    {
        var (owner, person) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());
        var token = await api.NewInvitationAsync(owner.Token, person.Email);

        // As a password reset does: the call comes in while that is about to commit, and waits for it.
        await using var reset = await Sql.OpenAsync(api.Database.AdminConnectionString);
        await using var transaction = await reset.BeginTransactionAsync();
        await Sql.RunAsync(reset, $"update identity.accounts set session_epoch = session_epoch + 1 where id = '{person.Id}'");
        var accepting = api.AcceptAsync(person.Token, token);
        await Eventually.HoldsAsync(
            () => api.ScalarAsync<bool>("select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"),
            "the call waits for the reset");
        await transaction.CommitAsync();

        await Problem.IsAsync(await accepting, HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal("", await api.RoleAsync(owner.OrganizationId, person.Id));
        Assert.Single(await api.InvitationsAsync(owner.Token));
    }

    [Fact]
    public async Task Whoever_belongs_to_as_many_organizations_as_one_may_leaves_one_first()
    {
        var (owner, person) = (await api.NewOwnerAsync(), await api.NewMemberAsync((await api.NewOwnerAsync()).OrganizationId));
        await api.JoinManyAsync(99, person.Id);
        var token = await api.NewInvitationAsync(owner.Token, person.Email);

        await Problem.IsAsync(await api.AcceptAsync(person.Token, token), HttpStatusCode.Conflict, "conflict");
        await api.RemoveMemberAsync(person.Token, person.Id);
        Assert.Equal(HttpStatusCode.OK, (await api.AcceptAsync(person.Token, token)).StatusCode);
    }

    // What is said, the trace id apart.
    private async Task<string> IsRefusedAsync(StoredMember person, string token)
    {
        var problem = await Problem.IsAsync(await api.AcceptAsync(person.Token, token), HttpStatusCode.Unauthorized, "invalid_token");

        return string.Join(' ', problem.EnumerateObject().Where(member => member.Name != "traceId"));
    }
}
