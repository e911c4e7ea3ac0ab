using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Security;

namespace HardenedService.Tests.Organizations;

/// <summary>How people come by organizations, and move between them.</summary>
public sealed class OrganizationTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Organizations = "/v1/organizations";

    [Fact]
    public async Task Of_fourteen_confirmations_at_once_comes_one_organization()
    {
        for (var round = 0; round < 3; round++)
        {
            var email = People.NewAddress();
            await api.RegisterAsync(email);
            var mail = await api.MailAsync(email);

            var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.ConfirmAsync(mail.Token)));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.NoContent);
            Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.NoContent, HttpStatusCode.Unauthorized }));
            Assert.Equal(1, await CountAsync(email));
        }
    }

    [Fact]
    public async Task A_confirmed_person_owns_an_organization_which_their_sessions_act_in()
    {
        var email = await api.NewPersonAsync();

        var signedIn = await (await api.SignInAsync(email)).JsonAsync();
        var mine = Assert.Single(await ListAsync(signedIn.GetProperty("token").GetString()!));

        Assert.Equal(["id", "name", "role", "createdAt", "current"], mine.EnumerateObject().Select(member => member.Name));
        Assert.Equal("Personal owner True", Text(mine));
        Assert.Equal(signedIn.GetProperty("session").GetProperty("organizationId").GetGuid(), mine.GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task An_administrator_whom_the_operator_makes_has_one_organization_however_often()
    {
        var email = People.NewAddress();

        await UsersCommandTests.CallAsync(api, $"users create-admin {email}");
        await UsersCommandTests.CallAsync(api, $"users create-admin {email}");

        Assert.Equal(1, await CountAsync(email));
    }

    [Theory]
    [InlineData("bearer")]
    [InlineData("cookie")]
    public async Task A_session_acts_in_another_organization_from_its_activation_on(string transport)
    {
        var home = await api.NewOrganizationAsync("Home");
        var person = await api.NewMemberAsync(home, "member", transport);
        Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null) => api.SendAsync(
            method,
            path,
            transport == "bearer" ? person.Token : null,
            transport == "cookie" ? person.Cookie : null,
            body is null ? null : JsonContent.Create(body));

        var founded = await SendAsync(HttpMethod.Post, Organizations, new { name = "Acme & Söhne" });
        Assert.Equal(HttpStatusCode.Created, founded.StatusCode);
        var organization = await founded.JsonAsync();
        var id = organization.GetProperty("id").GetGuid();
        Assert.Equal("Acme & Söhne owner False", Text(organization));
        await Problem.IsAsync(await SendAsync(HttpMethod.Get, "/v1/organization/members"), HttpStatusCode.Forbidden, "forbidden");

        var activated = await SendAsync(HttpMethod.Post, $"{Organizations}/{id}/activate");

        Assert.Equal(HttpStatusCode.OK, activated.StatusCode);
        Assert.False(activated.Headers.Contains("Set-Cookie"));
        var session = await activated.JsonAsync();
        Assert.False(session.TryGetProperty("token", out _));
        Assert.Equal(id, session.GetProperty("session").GetProperty("organizationId").GetGuid());
        Assert.Equal(id, (await (await SendAsync(HttpMethod.Get, "/v1/sessions/current")).JsonAsync()).GetProperty("session").GetProperty("organizationId").GetGuid());
        var members = (await (await SendAsync(HttpMethod.Get, "/v1/organization/members")).JsonAsync()).GetProperty("items");
        Assert.Equal(person.Id, Assert.Single(members.EnumerateArray()).GetProperty("userId").GetGuid());
        var listed = (await (await SendAsync(HttpMethod.Get, Organizations)).JsonAsync()).GetProperty("items").EnumerateArray();
        Assert.Equal(["Home member False", "Acme & Söhne owner True"], listed.Select(Text));
    }

    [Fact]
    public async Task An_organization_that_one_does_not_belong_to_is_not_found_and_the_session_stays_where_it_is()
    {
        var (mine, theirs) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());

        var foreign = await Problem.IsAsync(await api.ActivateAsync(mine.Token, theirs.OrganizationId), HttpStatusCode.NotFound, "not_found");
        var missing = await Problem.IsAsync(await api.ActivateAsync(mine.Token, Guid.NewGuid()), HttpStatusCode.NotFound, "not_found");

        Assert.Equal(missing.EnumerateObject().Select(member => member.Name), foreign.EnumerateObject().Select(member => member.Name));
        Assert.Equal(mine.OrganizationId, await CurrentAsync(mine.Token));
        Assert.Equal([mine.OrganizationId], (await ListAsync(mine.Token)).Select(item => item.GetProperty("id").GetGuid()));
    }

    [Fact]
    [Wall("B5")]
    public async Task Whoever_was_removed_acts_in_none_cannot_activate_it_again_and_goes_on_in_another()
    {
        var owner = await api.NewOwnerAsync();
        var person = await api.NewMemberAsync(owner.OrganizationId, "admin");
        var other = await api.NewOrganizationAsync();
        await api.JoinAsync(other, person.Id, "admin");
        Assert.Equal(HttpStatusCode.OK, (await api.ListMembersAsync(person.Token)).StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await api.RemoveMemberAsync(owner.Token, person.Id)).StatusCode);

        Assert.Null(await CurrentAsync(person.Token));
        await Problem.IsAsync(await api.ListMembersAsync(person.Token), HttpStatusCode.Forbidden, "forbidden");
        await Problem.IsAsync(await api.InviteAsync(person.Token, People.NewAddress()), HttpStatusCode.Forbidden, "forbidden");
        await Problem.IsAsync(await api.RemoveMemberAsync(person.Token, person.Id), HttpStatusCode.Forbidden, "forbidden");
        await Problem.IsAsync(await api.ActivateAsync(person.Token, owner.OrganizationId), HttpStatusCode.NotFound, "not_found");
        Assert.Equal(HttpStatusCode.OK, (await api.ActivateAsync(person.Token, other)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await api.ListMembersAsync(person.Token)).StatusCode);
    }

    [Fact]
    [Wall("B5")]
    public async Task Of_activations_and_a_removal_at_once_no_session_acts_where_its_person_does_not_belong()
    {
        var owner = await api.NewOwnerAsync();

        for (var round = 0; round < 20; round++)
        {
            var person = await api.NewMemberAsync(await api.NewOrganizationAsync());
            await api.JoinAsync(owner.OrganizationId, person.Id);
            var tokens = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => api.NewSessionInAsync(person.OrganizationId, person.Id)));

            var removing = api.RemoveMemberAsync(owner.Token, person.Id);
            var answers = await Task.WhenAll(tokens.Select(token => api.ActivateAsync(token, owner.OrganizationId)));

            Assert.Equal(HttpStatusCode.NoContent, (await removing).StatusCode);
            Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.Conflict }));
            Assert.Equal(0, await api.ScalarAsync<long>(
                "select count(*) from identity.sessions where account_id = $1 and organization_id = $2", person.Id, owner.OrganizationId));
        }
    }

    [Fact]
    public async Task Of_fourteen_foundings_at_once_no_more_happen_than_one_person_may_belong_to()
    {
        var person = await api.NewOwnerAsync();
        await api.JoinManyAsync(98, person.Id);

        var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(number => api.PostAsync(Organizations, new { name = $"Number {number}" }, person.Token)));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(100, (await ListAsync(person.Token)).Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("two\nlines")]
    [InlineData("\u202Emca")]
    [InlineData("a\u200Bb")]
    public async Task A_name_is_one_visible_line(string name)
    {
        var person = await api.NewOwnerAsync();

        await Problem.IsAsync(await api.PostAsync(Organizations, new { name }, person.Token), HttpStatusCode.BadRequest, "validation_failed");
        await Problem.IsAsync(await api.PostAsync(Organizations, new { name = new string('x', 101) }, person.Token), HttpStatusCode.BadRequest, "validation_failed");
    }

    private static string Text(JsonElement item) => $"{item.GetProperty("name")} {item.GetProperty("role")} {item.GetProperty("current")}";

    private async Task<List<JsonElement>> ListAsync(string token) =>
        [.. (await (await api.SendAsync(HttpMethod.Get, Organizations, token)).JsonAsync()).GetProperty("items").EnumerateArray()];

    private async Task<Guid?> CurrentAsync(string token) =>
        (await (await api.SendAsync(HttpMethod.Get, "/v1/sessions/current", token)).JsonAsync()).GetProperty("session").GetProperty("organizationId").Deserialize<Guid?>();

    private Task<long> CountAsync(string email) => api.ScalarAsync<long>(
        """
        select count(*)
        from identity.accounts a
        join tenancy.members m on m.account_id = a.id and m.role = 'owner'
        join tenancy.organizations o on o.id = m.organization_id
        where a.email = $1
        """,
        email);
}
