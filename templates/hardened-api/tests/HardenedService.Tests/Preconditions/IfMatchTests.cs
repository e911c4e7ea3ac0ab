using System.Net;
using System.Net.Http.Json;
using HardenedService.Platform.Preconditions;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace HardenedService.Tests.Preconditions;

[Wall("H4")]
public sealed class IfMatchTests(NotesFixture notes) : IClassFixture<NotesFixture>
{
    [Fact]
    public async Task A_change_based_on_the_current_version_is_made_and_gives_the_next_tag()
    {
        var note = await NewNoteAsync();
        var tag = (await notes.SendAsync(HttpMethod.Get, note, null)).Headers.ETag!.Tag;

        var changed = await RenameAsync(note, tag);

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal("\"2\"", changed.Headers.ETag?.Tag);
        Assert.Equal("\"2\"", (await notes.SendAsync(HttpMethod.Get, note, null)).Headers.ETag?.Tag);
    }

    [Fact]
    public async Task A_change_based_on_an_old_version_is_refused()
    {
        var note = await NewNoteAsync();
        await RenameAsync(note, "\"1\"", "first");

        await Problem.IsAsync(await RenameAsync(note, "\"1\"", "second"), HttpStatusCode.PreconditionFailed, "precondition_failed");
        Assert.Equal("first", await TextAsync(note));
    }

    [Fact]
    public async Task A_change_that_names_no_version_is_refused()
    {
        var note = await NewNoteAsync();

        await Problem.IsAsync(await RenameAsync(note, ifMatch: null), HttpStatusCode.PreconditionRequired, "precondition_required");

        var any = await Problem.IsAsync(await RenameAsync(note, "*"), HttpStatusCode.PreconditionRequired, "precondition_required");
        Assert.Contains("names no version", any.GetProperty("detail").GetString());
        Assert.Equal("original", await TextAsync(note));
    }

    [Theory]
    [InlineData("W/\"1\"")]
    [InlineData("\"2\"")]
    [InlineData("\"01\"")]
    [InlineData("\" 1\"")]
    [InlineData("\"+1\"")]
    [InlineData("\"one\"")]
    [InlineData("\"\"")]
    [InlineData("\"99999999999999999999\"")]
    [InlineData("W/\"1\", \"2\"")]
    public async Task A_tag_that_is_not_the_current_one_never_matches(string ifMatch)
    {
        var note = await NewNoteAsync();

        await Problem.IsAsync(await RenameAsync(note, ifMatch), HttpStatusCode.PreconditionFailed, "precondition_failed");
        Assert.Equal("original", await TextAsync(note));
    }

    [Theory]
    [InlineData("\"0\", \"1\"")]
    [InlineData("W/\"1\", \"1\", \"abc\"")]
    public async Task Any_strong_tag_of_a_list_may_match(string ifMatch) =>
        Assert.Equal(HttpStatusCode.OK, (await RenameAsync(await NewNoteAsync(), ifMatch)).StatusCode);

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("\"1")]
    [InlineData("'1'")]
    [InlineData("w/\"1\" nonsense")]
    [InlineData("*, \"1\"")]
    public async Task A_header_that_is_no_list_of_tags_is_malformed(string ifMatch)
    {
        var note = await NewNoteAsync();

        await Problem.IsAsync(await RenameAsync(note, ifMatch), HttpStatusCode.BadRequest, "malformed_request");
        Assert.Equal("original", await TextAsync(note));
    }

    [Fact]
    public async Task Of_fourteen_writers_at_once_one_wins()
    {
        var note = await NewNoteAsync();

        for (var version = 1; version <= 20; version++)
        {
            var texts = Enumerable.Range(0, 14).Select(_ => NotesFixture.New()).ToList();
            var answers = await Task.WhenAll(texts.Select(text => RenameAsync(note, $"\"{version}\"", text)));

            var winner = Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
            Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.PreconditionFailed));
            Assert.Equal((await winner.JsonAsync()).GetProperty("text").GetString(), await TextAsync(note));
        }
    }

    [Fact]
    public async Task A_lost_race_that_EF_notices_is_a_failed_precondition() => await Problem.IsAsync(
        await NotesFixture.SendAsync(
            notes.Host.Public, notes.Token, HttpMethod.Patch, await NewNoteAsync(), JsonContent.Create(new { text = "" }), ("If-Match", "\"1\""), ("Outcome", "conflict")),
        HttpStatusCode.PreconditionFailed,
        "precondition_failed");

    [Fact]
    public void A_handler_that_compares_no_version_stops_the_start()
    {
        Action<RouteGroupBuilder>[] routes =
        [
            v1 => v1.MapDelete("/blind", (Guid id) => $"{id}").RequireIfMatch(),
            v1 => v1.MapDelete("/blind", (HttpContext context) => Task.CompletedTask).RequireIfMatch(),
            v1 => v1.MapGroup("/blind").RequireIfMatch().MapDelete("/", () => ""),
        ];

        foreach (var map in routes)
        {
            var refusal = Assert.Throws<InvalidOperationException>(() => notes.People.StartAnother(configure: TestEndpoints.Add(map, "/v1")));
            Assert.Contains("Take IfMatch as a parameter", refusal.Message);
        }
    }

    private async Task<string> NewNoteAsync() => (await notes.AddAsync(NotesFixture.New(), "original")).Headers.Location!.ToString();

    private async Task<string?> TextAsync(string note) => (await (await notes.SendAsync(HttpMethod.Get, note, null)).JsonAsync()).GetProperty("text").GetString();

    private Task<HttpResponseMessage> RenameAsync(string note, string? ifMatch, string text = "changed") => NotesFixture.SendAsync(
        notes.Host.Public, notes.Token, HttpMethod.Patch, note, JsonContent.Create(new { text }), ("If-Match", ifMatch));
}
