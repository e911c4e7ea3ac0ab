using System.Net;
using System.Text.Json.Nodes;
using HardenedService.Api.Invoices;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Invoices;

public sealed class InvoiceTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const int Crowd = 14;
    private const int Rounds = 5;

    /// <summary>In JSON: nothing, too much, what turns text around or hides in it, and what is no text.</summary>
    public static TheoryData<string> BadTitles =>
        ["null", "\"\"", $"\"{new string('x', 101)}\"", @"""\u202Egpj.exe""", @"""a\u200Bb""", @"""a\u0000b""", @"""two\nlines""", "7", "{}"];

    /// <summary>What the database or the session says.</summary>
    public static TheoryData<string> NotTheirs => ["id", "organizationId", "createdAt", "version"];

    [Fact]
    public async Task What_was_created_is_shown_changed_and_deleted()
    {
        var owner = await api.NewOwnerAsync();
        var created = await api.CreateInvoiceAsync(owner, new { title = "First" });
        var id = (await created.JsonAsync()).GetProperty("id").GetGuid();

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal($"{InvoiceCalls.Path}/{id}", $"{created.Headers.Location}");
        Assert.Equal("\"1\"", $"{created.Headers.ETag}");

        var changed = await api.ChangeInvoiceAsync(owner, id, new { title = "Second" });
        var shown = await api.GetInvoiceAsync(owner, id);

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal("\"2\"", $"{changed.Headers.ETag}");
        Assert.Equal("\"2\"", $"{shown.Headers.ETag}");
        Assert.Equal("Second", (await shown.JsonAsync()).GetProperty("title").GetString());

        Assert.Equal(HttpStatusCode.NoContent, (await api.DeleteInvoiceAsync(owner, id, version: 2)).StatusCode);
        await Problem.IsAsync(await api.GetInvoiceAsync(owner, id), HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_and_its_cursor_is_refused_in_another_organization()
    {
        var (owner, stranger) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());
        var (older, newer) = (await api.NewInvoiceAsync(owner), await api.NewInvoiceAsync(owner));

        var first = await (await api.ListInvoicesAsync(owner, "?limit=1")).JsonAsync();
        var cursor = first.GetProperty("nextCursor").GetString();
        var last = await (await api.ListInvoicesAsync(owner, $"?limit=1&cursor={cursor}")).JsonAsync();

        Assert.Equal(newer, first.GetProperty("items")[0].GetProperty("id").GetGuid());
        Assert.Equal(older, last.GetProperty("items")[0].GetProperty("id").GetGuid());
        Assert.Null(last.GetProperty("nextCursor").GetString());
        await Problem.IsAsync(await api.ListInvoicesAsync(stranger, $"?cursor={cursor}"), HttpStatusCode.BadRequest, "validation_failed");
        await Problem.IsAsync(await api.ListInvoicesAsync(owner, "?limit=1000000000"), HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    [Wall("E1")]
    public async Task Another_organization_neither_sees_nor_changes_nor_deletes_it()
    {
        var (owner, stranger) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());
        var id = await api.NewInvoiceAsync(owner, "Ours");

        await Problem.IsAsync(await api.GetInvoiceAsync(stranger, id), HttpStatusCode.NotFound, "not_found");
        await Problem.IsAsync(await api.ChangeInvoiceAsync(stranger, id, new { title = "Theirs" }), HttpStatusCode.NotFound, "not_found");
        await Problem.IsAsync(await api.DeleteInvoiceAsync(stranger, id), HttpStatusCode.NotFound, "not_found");
        Assert.Equal(0, (await (await api.ListInvoicesAsync(stranger)).JsonAsync()).GetProperty("items").GetArrayLength());
        Assert.Equal("Ours", await TitleAsync(id));
    }

    [Fact]
    public async Task Nobody_without_a_session_gets_in_and_a_member_does_not_delete()
    {
        var owner = await api.NewOwnerAsync();
        var member = await api.NewMemberAsync(owner.OrganizationId);
        var id = await api.NewInvoiceAsync(member);

        await Problem.IsAsync(await api.ListInvoicesAsync(owner with { Token = "" }), HttpStatusCode.Unauthorized, "unauthenticated");
        await Problem.IsAsync(await api.DeleteInvoiceAsync(member, id), HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal(HttpStatusCode.NoContent, (await api.DeleteInvoiceAsync(owner, id)).StatusCode);
    }

    [Fact]
    [Wall("H1")]
    public async Task Without_a_key_nothing_is_created()
    {
        var owner = await api.NewOwnerAsync();

        await Problem.IsAsync(await api.PostAsync(InvoiceCalls.Path, new { title = "x" }, owner.Token), HttpStatusCode.BadRequest, "idempotency_key_missing");
        Assert.Equal(0, await CountAsync(owner));
    }

    [Fact]
    [Wall("H1")]
    public async Task Of_many_clicks_at_once_one_creates()
    {
        var owner = await api.NewOwnerAsync();

        for (var round = 1; round <= Rounds; round++)
        {
            var key = NotesFixture.New();
            var answers = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => api.CreateInvoiceAsync(owner, new { title = "Once" }, key)));

            Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.Conflict }));
            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created && !answer.Headers.Contains("Idempotency-Replayed"));
            Assert.Equal(round, await CountAsync(owner));
        }
    }

    [Fact]
    [Wall("H4")]
    public async Task A_change_that_names_no_version_or_an_old_one_is_refused()
    {
        var owner = await api.NewOwnerAsync();
        var id = await api.NewInvoiceAsync(owner, "First");
        Assert.Equal(HttpStatusCode.OK, (await api.ChangeInvoiceAsync(owner, id, new { title = "Second" })).StatusCode);

        await Problem.IsAsync(await api.ChangeInvoiceAsync(owner, id, new { title = "Stale" }), HttpStatusCode.PreconditionFailed, "precondition_failed");
        await Problem.IsAsync(await api.DeleteInvoiceAsync(owner, id), HttpStatusCode.PreconditionFailed, "precondition_failed");
        await Problem.IsAsync(await api.ChangeInvoiceAsync(owner, id, new { title = "Blind" }, version: null), (HttpStatusCode)428, "precondition_required");
        await Problem.IsAsync(await api.DeleteInvoiceAsync(owner, id, version: null), (HttpStatusCode)428, "precondition_required");
        Assert.Equal("Second", await TitleAsync(id));
    }

    [Fact]
    [Wall("H4")]
    public async Task Of_many_writers_at_once_one_wins()
    {
        var owner = await api.NewOwnerAsync();
        var id = await api.NewInvoiceAsync(owner);

        for (var version = 1; version <= Rounds; version++)
        {
            var answers = await Task.WhenAll(
                Enumerable.Range(0, Crowd).Select(writer => api.ChangeInvoiceAsync(owner, id, new { title = $"{writer}" }, version)));

            var winner = Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
            Assert.All(answers.Where(answer => answer != winner), answer => Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode));
            Assert.Equal((await winner.JsonAsync()).GetProperty("title").GetString(), await TitleAsync(id));
        }
    }

    [Theory]
    [Wall("F3")]
    [MemberData(nameof(BadTitles))]
    public async Task A_bad_title_is_refused(string json)
    {
        var owner = await api.NewOwnerAsync();
        var title = JsonNode.Parse(json);
        var id = await api.NewInvoiceAsync(owner, "Good");

        Assert.Equal(HttpStatusCode.BadRequest, (await api.CreateInvoiceAsync(owner, new { title })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await api.ChangeInvoiceAsync(owner, id, new { title })).StatusCode);
        Assert.Equal(1, await CountAsync(owner));
        Assert.Equal("Good", await TitleAsync(id));
    }

    [Theory]
    [Wall("E5")]
    [MemberData(nameof(NotTheirs))]
    public async Task What_is_not_the_clients_to_say_is_refused(string member)
    {
        var (owner, stranger) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());
        var id = await api.NewInvoiceAsync(owner, "Good");
        var body = new Dictionary<string, object> { ["title"] = "Bad", [member] = stranger.OrganizationId };

        await Problem.IsAsync(await api.CreateInvoiceAsync(owner, body), HttpStatusCode.BadRequest, "malformed_request");
        await Problem.IsAsync(await api.ChangeInvoiceAsync(owner, id, body), HttpStatusCode.BadRequest, "malformed_request");
        Assert.Equal(1, await CountAsync(owner));
        Assert.Equal("Good", await TitleAsync(id));
    }

    [Fact]
    public async Task The_model_agrees_with_the_schema()
    {
        await using var scope = api.Api.Services.CreateAsyncScope();
        await using var connection = new NpgsqlConnection(api.Database.AdminConnectionString);

        await SchemaAgreement.AssertAgreesAsync(scope.ServiceProvider.GetRequiredService<InvoicesDb>(), connection);
    }

    private Task<long> CountAsync(StoredMember owner) =>
        api.ScalarAsync<long>("select count(*) from invoices.invoices where organization_id = $1", owner.OrganizationId);

    private Task<string> TitleAsync(Guid id) => api.ScalarAsync<string>("select title from invoices.invoices where id = $1", id);
}
