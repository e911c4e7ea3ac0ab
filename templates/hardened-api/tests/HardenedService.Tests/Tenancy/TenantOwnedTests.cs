using System.Net;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Tenancy;

/// <summary>A feature that never asks whose a row is, and what it shows to whom nevertheless.</summary>
public sealed class TenantOwnedTests(MemosFixture memos) : IClassFixture<MemosFixture>
{
    [Fact]
    [Wall("E2")]
    public async Task Without_a_where_each_tenant_sees_its_own_rows_and_no_others()
    {
        var (ours, theirs) = (await memos.NewTenantAsync(), await memos.NewTenantAsync());
        var (mine, yours) = (await memos.AddAsync(ours, "mine"), await memos.AddAsync(theirs, "yours"));

        Assert.Equal(["mine"], await MemosFixture.TextsAsync(await memos.SendAsync(ours, HttpMethod.Get, "/v1/memos")));
        Assert.Equal(["yours"], await MemosFixture.TextsAsync(await memos.SendAsync(theirs, HttpMethod.Get, "/v1/memos")));
        Assert.Equal(HttpStatusCode.OK, (await memos.SendAsync(ours, HttpMethod.Get, $"/v1/memos/{mine}")).StatusCode);

        foreach (var (method, body) in new[] { (HttpMethod.Get, null), (HttpMethod.Patch, (object)new { text = "ours" }), (HttpMethod.Delete, null) })
        {
            await Problem.IsAsync(await memos.SendAsync(ours, method, $"/v1/memos/{yours}", body), HttpStatusCode.NotFound, "not_found");
        }

        Assert.Equal("yours", await StoredAsync($"select text from memos.memos where id = '{yours}'"));
    }

    [Fact]
    public async Task What_is_inserted_belongs_to_the_organization_of_the_session()
    {
        var tenant = await memos.NewTenantAsync();
        var id = await memos.AddAsync(tenant, "mine");

        Assert.Equal(tenant.OrganizationId, await StoredAsync($"select organization_id from memos.memos where id = '{id}'"));
    }

    [Fact]
    [Wall("E2")]
    public async Task No_row_can_be_given_to_another_organization_nor_moved_there()
    {
        var (ours, theirs) = (await memos.NewTenantAsync(), await memos.NewTenantAsync());
        var alsoOurs = await memos.Database.NewTenantAsync(ours.UserId);

        Assert.Equal(HttpStatusCode.NoContent, (await memos.SendAsync(ours, HttpMethod.Post, "/v1/odd/given", new { ours.OrganizationId })).StatusCode);

        foreach (var other in new[] { theirs.OrganizationId, alsoOurs.OrganizationId, Guid.CreateVersion7() })
        {
            await Problem.IsAsync(await memos.SendAsync(ours, HttpMethod.Post, "/v1/odd/given", new { organizationId = other }), HttpStatusCode.InternalServerError, "internal_error");
            await Problem.IsAsync(
                await memos.SendAsync(ours, HttpMethod.Post, "/v1/odd/given", new { ours.OrganizationId, moveTo = other }), HttpStatusCode.InternalServerError, "internal_error");
        }

        await Problem.IsAsync(
            await memos.SendAsync(ours, HttpMethod.Post, "/v1/memos", new { text = "mine", ours.OrganizationId }, NotesFixture.New()), HttpStatusCode.BadRequest, "malformed_request");
        Assert.Equal(["given"], await MemosFixture.TextsAsync(await memos.SendAsync(ours, HttpMethod.Get, "/v1/memos")));
        Assert.Equal(0L, await StoredAsync($"select count(*) from memos.memos where organization_id in ('{theirs.OrganizationId}', '{alsoOurs.OrganizationId}')"));
    }

    [Fact]
    public async Task Who_acts_in_no_organization_is_refused()
    {
        var tenant = await memos.NewTenantAsync();
        await StoredAsync($"delete from tenancy.members where account_id = '{tenant.UserId}'");

        await Problem.IsAsync(await memos.SendAsync(tenant, HttpMethod.Get, "/v1/memos"), HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    [Wall("F4")]
    [Wall("E1")]
    public async Task A_cursor_of_the_same_person_in_another_organization_is_refused()
    {
        var here = await memos.NewTenantAsync();
        var there = await memos.Database.NewTenantAsync(here.UserId);
        await memos.AddAsync(here, "first");
        await memos.AddAsync(here, "second");
        await memos.AddAsync(there, "other");
        var cursor = (await (await memos.SendAsync(here, HttpMethod.Get, "/v1/memos?limit=1")).JsonAsync()).GetProperty("nextCursor").GetString();

        Assert.Equal(["second"], await MemosFixture.TextsAsync(await memos.SendAsync(here, HttpMethod.Get, $"/v1/memos?cursor={cursor}")));
        await Problem.IsAsync(await memos.SendAsync(there, HttpMethod.Get, $"/v1/memos?cursor={cursor}"), HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    [Wall("H1")]
    public async Task An_idempotency_key_of_the_same_person_in_another_organization_is_another_key()
    {
        var here = await memos.NewTenantAsync();
        var there = await memos.Database.NewTenantAsync(here.UserId);
        var key = NotesFixture.New();

        foreach (var (tenant, text) in new[] { (here, "here"), (there, "there") })
        {
            var answer = await memos.SendAsync(tenant, HttpMethod.Post, "/v1/memos", new { text }, key);

            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            Assert.False(answer.Headers.Contains("Idempotency-Replayed"));
            Assert.Equal([text], await MemosFixture.TextsAsync(await memos.SendAsync(tenant, HttpMethod.Get, "/v1/memos")));
        }

        Assert.True((await memos.SendAsync(there, HttpMethod.Post, "/v1/memos", new { text = "there" }, key)).Headers.Contains("Idempotency-Replayed"));
    }

    private Task<object?> StoredAsync(string sql) => Sql.RunAsync(memos.Database.AdminConnectionString, sql);
}
