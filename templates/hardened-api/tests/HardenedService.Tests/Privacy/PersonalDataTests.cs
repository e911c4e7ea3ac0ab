using System.Net;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Privacy;

/// <summary>What a feature's part can rely on.</summary>
public sealed class PersonalDataTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_export_is_of_one_moment()
    {
        var (id, _, bearer) = await api.NewLeaverAsync();

        // Somebody signs in while the export is under way, before the sessions are read.
        var part = new PlantedPart
        {
            OnExport = _ => api.ScalarAsync<int>(
                """
                insert into identity.sessions (id, token_hash, account_id, epoch, transport, assurance, idle_timeout, expires_at)
                values (gen_random_uuid(), sha256(random()::text::bytea), $1, 0, 'bearer', 'password', interval '1 hour', now() + interval '1 hour')
                returning 1
                """,
                id),
        };
        using var host = part.StartHost(api);

        var export = await (await SendAsync(host, HttpMethod.Get, Leavers.Export, bearer)).JsonAsync();

        Assert.Equal(1, export.GetProperty("sections").GetProperty("sessions").GetArrayLength());
        Assert.Equal(2, await api.ScalarAsync<long>("select count(*) from identity.sessions where account_id = $1", id));
    }

    [Fact]
    public async Task Bytes_are_not_shown_by_mistake()
    {
        var (_, _, bearer) = await api.NewLeaverAsync();
        var part = new PlantedPart { OnExport = file => file.AddAsync("planted", "select token_hash from identity.sessions where account_id = $1", Cancel) };
        using var host = part.StartHost(api);

        await Problem.IsAsync(await SendAsync(host, HttpMethod.Get, Leavers.Export, bearer), HttpStatusCode.InternalServerError, "internal_error");
    }

    [Fact]
    public async Task Nothing_is_erased_while_a_part_objects_and_the_account_last()
    {
        var (id, _, bearer) = await api.NewLeaverAsync();
        var accountsLeft = new List<object?>();
        var part = new PlantedPart
        {
            Obstacle = "Finish your game first.",
            OnErase = async connection => accountsLeft.Add(await Sql.RunAsync(connection, $"select count(*) from identity.accounts where id = '{id}'")),
        };
        using var host = part.StartHost(api);

        var refusal = await Problem.IsAsync(await SendAsync(host, HttpMethod.Delete, Leavers.Account, bearer), HttpStatusCode.Conflict, "conflict");
        Assert.Equal("Finish your game first.", refusal.GetProperty("detail").GetString());
        Assert.Empty(accountsLeft);

        part.Obstacle = null;
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(host, HttpMethod.Delete, Leavers.Account, bearer)).StatusCode);
        Assert.Equal([1L], accountsLeft);
        Assert.Equal(0, await api.AccountsAsync(id));
    }

    [Fact]
    public async Task What_fails_half_way_has_erased_nothing()
    {
        var (id, email, bearer) = await api.NewLeaverAsync();
        var own = await api.NewOrganizationAsync("Own", [id]);
        using var host = new PlantedPart { OnErase = _ => throw new InvalidOperationException("Half-way.") }.StartHost(api);

        await Problem.IsAsync(await SendAsync(host, HttpMethod.Delete, Leavers.Account, bearer), HttpStatusCode.InternalServerError, "internal_error");

        Assert.Equal((1, 1), (await api.AccountsAsync(id), await api.OrganizationsAsync(own)));
        Assert.True(await api.IsAliveAsync(bearer));
        Assert.Equal(0, api.MailCount(email));
    }

    private static Task<HttpResponseMessage> SendAsync(ApiHost host, HttpMethod method, string path, string bearer) =>
        NotesFixture.SendAsync(host.Public, bearer, method, path, null);
}
