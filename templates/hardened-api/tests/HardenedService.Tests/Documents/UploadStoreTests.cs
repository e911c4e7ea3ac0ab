using System.Net;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Documents;

/// <summary>A database that is slow to store a file, or cannot.</summary>
public sealed class UploadStoreTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task A_chunk_may_take_longer_than_a_statement_of_a_request()
    {
        var owner = await api.NewOwnerAsync();
        await OnSecondChunkAsync("perform pg_sleep(1.2)");
        using var answer = await UploadAsync(owner);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    [Fact]
    public async Task A_chunk_that_takes_too_long_is_given_up_and_leaves_nothing()
    {
        using var host = api.StartAnother(new Dictionary<string, string> { ["Documents:ChunkTimeout"] = "00:00:01" });
        var owner = await api.NewOwnerAsync();
        await OnSecondChunkAsync("perform pg_sleep(60)");

        await Problem.IsAsync(await UploadAsync(owner, host.Public), HttpStatusCode.ServiceUnavailable, "unavailable");
        await LeavesNothingAsync(owner);
    }

    [Fact]
    public async Task A_full_disk_is_said_and_leaves_nothing()
    {
        var owner = await api.NewOwnerAsync();
        await OnSecondChunkAsync("raise exception using errcode = 'disk_full', message = 'could not extend file: No space left on device'");

        await Problem.IsAsync(await UploadAsync(owner), HttpStatusCode.ServiceUnavailable, "unavailable");
        await LeavesNothingAsync(owner);
    }

    [Fact]
    [Wall("F6")]
    public async Task A_long_name_with_hidden_turns_is_cut_and_shows_its_ending()
    {
        var owner = await api.NewOwnerAsync();
        using var answer = await api.UploadAsync(owner.Token, DocumentCalls.Form(DocumentCalls.Pdf, $"\u202E{new string('n', 300)}\u2066.fdp"));
        var name = (await answer.JsonAsync()).GetProperty("fileName").GetString()!;

        Assert.Matches("^n{100,}.*[.]pdf$", name);
        Assert.InRange(name.Length, 100, 255);
        Assert.DoesNotContain(name, character => char.GetUnicodeCategory(character) == System.Globalization.UnicodeCategory.Format);
    }

    private Task<HttpResponseMessage> UploadAsync(StoredMember owner, HttpClient? client = null) => NotesFixture.SendAsync(
        client ?? api.Client,
        owner.Token,
        HttpMethod.Post,
        DocumentCalls.Path,
        DocumentCalls.Form([.. DocumentCalls.Pdf, .. new byte[600_000]]),
        ("Idempotency-Key", NotesFixture.New()));

    private async Task OnSecondChunkAsync(string fault) => await Sql.RunAsync(
        api.Database.AdminConnectionString,
        $"""
        create or replace function documents.planted() returns trigger language plpgsql as 'begin {fault.Replace("'", "''", StringComparison.Ordinal)}; return new; end';
        create or replace trigger planted before insert on documents.chunks for each row when (new.number = 1) execute function documents.planted();
        """);

    private Task LeavesNothingAsync(StoredMember owner) => Eventually.HoldsAsync(
        async () => await api.ScalarAsync<long>("select count(*) from documents.files where organization_id = $1", owner.OrganizationId) == 0
            && await api.ScalarAsync<long>("select count(*) from documents.chunks where organization_id = $1", owner.OrganizationId) == 0,
        "no trace of the upload");
}
