using System.Net;
using System.Text;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Privacy;

/// <summary>A person can leave, and takes everything along.</summary>
public sealed class DeletionTests(ApiFixture api, PostgresServer postgres) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Whoever_used_everything_leaves_nothing_in_a_dump()
    {
        var ada = await Ada.ArriveAsync(api);
        string[] traces =
        [
            ada.Email, ada.NewEmail, ada.Ip, "Lovelace", "Countess", Ada.UserAgent, Ada.OwnOrganization, Ada.Passkey, Convert.ToHexString(Encoding.UTF8.GetBytes(ada.Email)),
        ];
        var before = await DumpAsync();
        Assert.All(traces, trace => Assert.Contains(trace, before, StringComparison.OrdinalIgnoreCase));

        Assert.Equal(HttpStatusCode.NoContent, (await api.DeleteAccountAsync(ada.Bearer)).StatusCode);

        await api.IsToldAsync(ada.Email, "was deleted, and with it what was stored about you");
        await Eventually.HoldsAsync(
            () => api.ScalarAsync<bool>("select not exists (select from platform.outbox_messages where payload is not null)"), "an outbox without payloads");
        var after = await DumpAsync();
        Assert.All(traces, trace => Assert.DoesNotContain(trace, after, StringComparison.OrdinalIgnoreCase));

        // The audit trail knows her by an id that leads to nobody any more, and nothing else does.
        Assert.Contains($"{ada.Id}", after, StringComparison.Ordinal);
        Assert.DoesNotContain($"{ada.Id}", WithoutRecords(after), StringComparison.Ordinal);

        // What others share goes on without her.
        Assert.Contains(Ada.HostOrganization, after, StringComparison.Ordinal);
        Assert.Equal("owner", await api.MembersAsync(ada.Host));
    }

    [Fact]
    [Wall("B5")]
    public async Task Every_session_is_over_on_the_next_request_on_every_replica_and_the_cookie_is_taken_back()
    {
        using var other = api.StartAnother();
        var email = await api.NewPersonAsync();
        var bearer = await api.NewSessionAsync(email);
        var cookie = (await api.SignInAsync(email, transport: "cookie")).Headers.GetValues("Set-Cookie").Single().Split(';')[0];

        var answer = await api.SendAsync(HttpMethod.Delete, Leavers.Account, cookie: cookie);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.StartsWith("__Host-session=; expires=Thu, 01 Jan 1970", answer.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);

        foreach (var replica in new[] { api.Api, other })
        {
            using var byCookie = new HttpRequestMessage(HttpMethod.Get, Leavers.Account) { Headers = { { "Cookie", cookie } } };
            await Problem.IsAsync(await replica.Public.SendAsync(byCookie), HttpStatusCode.Unauthorized, "unauthenticated");
            using var byBearer = new HttpRequestMessage(HttpMethod.Get, Leavers.Account) { Headers = { Authorization = new("Bearer", bearer) } };
            await Problem.IsAsync(await replica.Public.SendAsync(byBearer), HttpStatusCode.Unauthorized, "unauthenticated");
        }

        // As if they had never been there; and they may come again.
        await Problem.IsAsync(await api.SignInAsync(email), HttpStatusCode.Unauthorized, "invalid_credentials");
        Assert.Equal(HttpStatusCode.Accepted, (await api.RegisterAsync(email)).StatusCode);
    }

    [Fact]
    [Wall("B9")]
    public async Task It_asks_for_a_fresh_session()
    {
        var (id, email, bearer) = await api.NewLeaverAsync();
        await api.GrowStaleAsync(email);

        await Problem.IsAsync(await api.DeleteAccountAsync(bearer), HttpStatusCode.Forbidden, "reauthentication_required");
        Assert.Equal(1, await api.AccountsAsync(id));
    }

    [Fact]
    public async Task The_last_owner_hands_an_organization_over_first()
    {
        var (id, email, bearer) = await api.NewLeaverAsync();
        var (member, _, _) = await api.NewLeaverAsync();
        var own = await api.NewOrganizationAsync("Alone", [id]);
        var shared = await api.NewOrganizationAsync("Difference", [id], member);

        var refusal = await Problem.IsAsync(await api.DeleteAccountAsync(bearer), HttpStatusCode.Conflict, "conflict");
        Assert.Equal(
            "You are the last owner of \"Difference\", where there are other members. Make one of them an owner, or remove them all, and then delete your account.",
            refusal.GetProperty("detail").GetString());
        Assert.Equal(1, await api.OrganizationsAsync(own));
        Assert.True(await api.IsAliveAsync(bearer));
        Assert.Equal(0, api.MailCount(email));

        await api.ScalarAsync<int>("update tenancy.members set role = 'owner' where account_id = $1 returning 1", member);
        Assert.Equal(HttpStatusCode.NoContent, (await api.DeleteAccountAsync(bearer)).StatusCode);
        Assert.Equal((0, 1), (await api.OrganizationsAsync(own), await api.OrganizationsAsync(shared)));
        Assert.Equal("owner", await api.MembersAsync(shared));
    }

    [Fact]
    [Wall("E2")]
    public async Task Invitations_to_others_stay_where_they_are()
    {
        var (id, email, bearer) = await api.NewLeaverAsync();
        var (owner, _, _) = await api.NewLeaverAsync();
        var organization = await api.NewOrganizationAsync("Inviting", [owner], id);
        await api.InviteAsync(organization, email);
        await api.InviteAsync(organization, People.NewAddress());

        Assert.Equal(HttpStatusCode.NoContent, (await api.DeleteAccountAsync(bearer)).StatusCode);

        Assert.Equal(1, await api.ScalarAsync<long>("select count(*) from tenancy.invitations where organization_id = $1", organization));
    }

    [Fact]
    [Wall("E2")]
    public async Task A_person_can_delete_an_invitation_to_their_address_and_neither_make_nor_change_one()
    {
        var (id, email, _) = await api.NewLeaverAsync();
        var (owner, _, _) = await api.NewLeaverAsync();
        var organization = await api.NewOrganizationAsync("Inviting", [owner]);
        await api.InviteAsync(organization, email);
        await api.InviteAsync(organization, People.NewAddress());
        await using var app = await Sql.OpenAsync(api.Database.AppConnectionString);
        await using var transaction = await app.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await Sql.RunAsync(app, $"set local app.user_id = '{id}'");

        Assert.Null(await Sql.RunAsync(app, "update tenancy.invitations set role = 'owner' returning 1"));
        Assert.Equal(1L, await Sql.RunAsync(app, "with gone as (delete from tenancy.invitations returning 1) select count(*) from gone"));
        Assert.Equal("42501", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => Sql.RunAsync(
            app,
            $"""
            insert into tenancy.invitations (id, organization_id, email, normalized_email, role, token_hash, expires_at)
            values (gen_random_uuid(), '{organization}', '{email}', upper('{email}'), 'owner', sha256('mine'), now() + interval '1 day')
            """))).SqlState);
    }

    private Task<string> DumpAsync() => postgres.DumpRowsAsync(api.Database.AdminConnectionString);

    private static string WithoutRecords(string dump)
    {
        var begin = dump.IndexOf("COPY audit.records ", StringComparison.Ordinal);

        return dump.Remove(begin, dump.IndexOf("\n\n", begin, StringComparison.Ordinal) - begin);
    }
}
