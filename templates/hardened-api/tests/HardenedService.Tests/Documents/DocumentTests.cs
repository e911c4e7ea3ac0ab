using System.Net;
using System.Security.Cryptography;
using HardenedService.Api.Documents;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Documents;

public sealed class DocumentTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const int Crowd = 14;
    private const int Rounds = 5;

    [Fact]
    [Wall("F6")]
    public async Task Its_bytes_are_an_attachment_once_it_is_clean()
    {
        var owner = await api.NewOwnerAsync();
        byte[] bytes = [.. DocumentCalls.Pdf, .. RandomNumberGenerator.GetBytes(700_000)];
        var uploaded = await (await api.UploadAsync(owner.Token, DocumentCalls.Form(bytes, "../Bericht „für“ uns\u202E.pdf"))).JsonAsync();
        var id = uploaded.GetProperty("id").GetGuid();

        Assert.Equal("scanning", uploaded.GetProperty("status").GetString());
        await Problem.IsAsync(await ContentAsync(owner, id), HttpStatusCode.Conflict, "conflict");

        await api.IsCleanAsync(id);
        using var content = await ContentAsync(owner, id);

        Assert.Equal(bytes, await content.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(bytes.Length, content.Content.Headers.ContentLength);
        Assert.Equal("application/pdf", $"{content.Content.Headers.ContentType}");
        Assert.Equal("attachment", content.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("Bericht „für“ uns.pdf", content.Content.Headers.ContentDisposition.FileNameStar);
        Assert.Equal("nosniff", Assert.Single(content.Headers.GetValues("X-Content-Type-Options")));
    }

    [Theory]
    [Wall("F6")]
    [InlineData("infected")]
    [InlineData("unscannable")]
    public async Task Nobody_gets_the_bytes_of_what_is_not_clean(string status)
    {
        var owner = await api.NewOwnerAsync();
        var (id, _) = await api.NewDocumentAsync(owner.Token);
        await api.ScalarAsync<int>("update documents.documents set status = $2, scanned_at = now() where id = $1 returning 1", id, status);

        await Problem.IsAsync(await ContentAsync(owner, id), HttpStatusCode.Conflict, "conflict");
    }

    [Fact]
    [Wall("H4")]
    public async Task A_change_that_names_no_version_or_an_old_one_is_refused()
    {
        var owner = await api.NewOwnerAsync();
        var (id, _) = await api.NewDocumentAsync(owner.Token);
        using var renamed = await api.ChangeAsync(owner.Token, HttpMethod.Patch, id, "\"1\"");

        Assert.Equal(HttpStatusCode.OK, renamed.StatusCode);
        Assert.Equal("\"2\"", $"{renamed.Headers.ETag}");

        foreach (var method in new[] { HttpMethod.Patch, HttpMethod.Delete })
        {
            await Problem.IsAsync(await api.ChangeAsync(owner.Token, method, id, "\"1\""), HttpStatusCode.PreconditionFailed, "precondition_failed");
            await Problem.IsAsync(await api.ChangeAsync(owner.Token, method, id, null), (HttpStatusCode)428, "precondition_required");
        }

        Assert.Equal(1, await CountAsync("documents", owner));
    }

    [Fact]
    [Wall("H4")]
    public async Task Of_many_who_rename_and_delete_at_once_one_wins()
    {
        var owner = await api.NewOwnerAsync();

        for (var round = 0; round < Rounds; round++)
        {
            var (id, _) = await api.NewDocumentAsync(owner.Token);
            var answers = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(
                writer => api.ChangeAsync(owner.Token, writer % 2 == 0 ? HttpMethod.Patch : HttpMethod.Delete, id, "\"1\"")));

            Assert.Single(answers, answer => answer.IsSuccessStatusCode);
            Assert.All(answers, answer => Assert.True(answer.IsSuccessStatusCode || answer.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.NotFound, $"{answer.StatusCode}"));
        }
    }

    [Fact]
    public async Task With_a_document_its_bytes_and_reviews_are_deleted()
    {
        var owner = await api.NewOwnerAsync();
        var (id, _) = await api.NewDocumentAsync(owner.Token);
        await Sql.RunAsync(
            api.Database.AdminConnectionString,
            $"insert into documents.reviews (id, organization_id, document_id) values (gen_random_uuid(), '{owner.OrganizationId}', '{id}')");

        Assert.Equal(HttpStatusCode.NoContent, (await api.ChangeAsync(owner.Token, HttpMethod.Delete, id, "\"1\"")).StatusCode);
        await Problem.IsAsync(await ContentAsync(owner, id), HttpStatusCode.NotFound, "not_found");

        foreach (var table in new[] { "documents", "files", "chunks", "reviews" })
        {
            Assert.Equal(0, await CountAsync(table, owner));
        }
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_and_its_cursor_is_refused_in_another_organization()
    {
        var (owner, stranger) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());
        var (older, newer) = ((await api.NewDocumentAsync(owner.Token)).Id, (await api.NewDocumentAsync(owner.Token)).Id);

        var first = await ListAsync(owner, "?limit=1");
        var cursor = first.GetProperty("nextCursor").GetString();
        var last = await ListAsync(owner, $"?limit=1&cursor={cursor}");

        Assert.Equal(newer, first.GetProperty("items")[0].GetProperty("id").GetGuid());
        Assert.Equal(older, last.GetProperty("items")[0].GetProperty("id").GetGuid());
        Assert.Null(last.GetProperty("nextCursor").GetString());
        await Problem.IsAsync(
            await api.SendAsync(HttpMethod.Get, $"{DocumentCalls.Path}?cursor={cursor}", stranger.Token), HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    public async Task The_model_agrees_with_the_schema()
    {
        await using var scope = api.Api.Services.CreateAsyncScope();
        await using var connection = new NpgsqlConnection(api.Database.AdminConnectionString);

        await SchemaAgreement.AssertAgreesAsync(scope.ServiceProvider.GetRequiredService<DocumentsDb>(), connection);
    }

    private Task<HttpResponseMessage> ContentAsync(StoredMember member, Guid id) =>
        api.SendAsync(HttpMethod.Get, $"{DocumentCalls.Path}/{id}/content", member.Token);

    private async Task<System.Text.Json.JsonElement> ListAsync(StoredMember member, string query) =>
        await (await api.SendAsync(HttpMethod.Get, $"{DocumentCalls.Path}{query}", member.Token)).JsonAsync();

    private Task<long> CountAsync(string table, StoredMember owner) =>
        api.ScalarAsync<long>($"select count(*) from documents.{table} where organization_id = $1", owner.OrganizationId);
}
