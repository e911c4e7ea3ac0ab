using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text;
using System.Text.Json;
using HardenedService.Platform.Validation;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;

namespace HardenedService.Tests.Input;

[Wall("F3")]
public sealed class TextTests(TextTests.Fixture fixture) : IClassFixture<TextTests.Fixture>
{
    public sealed record Note(
        [property: Required, SingleLine] string Name, [property: FreeText(200)] string? Text = null, [property: MailAddress] string? Address = null);

    [Theory]
    [InlineData("name", "a\\u0000b")]
    [InlineData("text", "a\\u0000b")]
    [InlineData("address", "a\\u0000@example.org")]
    [InlineData("name", "\\ud800")]
    [InlineData("name", "\\udc00\\ud800")]
    [InlineData("text", "a \\ud83d b")]
    public async Task NUL_and_half_characters_are_malformed(string member, string escaped) =>
        await Problem.IsAsync(await PostAsync($$"""{"name":"n","{{member}}":"{{escaped}}"}""".Replace("\"name\":\"n\",\"name\"", "\"name\"")), HttpStatusCode.BadRequest, "malformed_request");

    [Theory]
    [InlineData("name", "line\nfeed")]
    [InlineData("name", "tab\t")]
    [InlineData("name", "bell\a")]
    [InlineData("name", "escape\u001b[31m")]
    [InlineData("name", "delete\u007f")]
    [InlineData("name", "next line\u0085")]
    [InlineData("name", "line separator\u2028")]
    [InlineData("name", "right-to-left override \u202efdp.exe")]
    [InlineData("name", "isolate \u2066x")]
    [InlineData("name", "mark \u200f")]
    [InlineData("name", "arabic mark \u061c")]
    [InlineData("name", "zero\u200bwidth")]
    [InlineData("name", "join\u200der")]
    [InlineData("name", "\ufeffbom")]
    [InlineData("name", "word joiner\u2060")]
    [InlineData("name", "soft\u00adhyphen")]
    [InlineData("name", "tag \U000E0041")]
    [InlineData("text", "bell\a")]
    [InlineData("text", "carriage\rreturn")]
    [InlineData("text", "escape\u001b[31m")]
    [InlineData("text", "override \u202e")]
    [InlineData("text", "isolate \u2067")]
    [InlineData("address", "so\u200bmeone@example.org")]
    [InlineData("address", "someone@exam\u200bple.org")]
    [InlineData("address", "someone@\u202egro.elpmaxe")]
    [InlineData("address", "someone@example.org\u2028")]
    public async Task Characters_that_hide_or_mislead_are_refused_and_the_member_is_named(string member, string value)
    {
        var problem = await Problem.IsAsync(await PostAsync(member, value), HttpStatusCode.BadRequest, "validation_failed");

        Assert.Equal(member, Assert.Single(problem.GetProperty("errors").EnumerateObject()).Name);
    }

    [Theory]
    [InlineData("name", "Søren Kierkegård")]
    [InlineData("name", "محمد علی")]
    [InlineData("name", "山田 太郎 🙂")]
    [InlineData("text", "two\n\tlines, and 👩‍👧")]
    [InlineData("address", "someone@bücher.example")]
    public async Task What_people_write_is_fine(string member, string value) =>
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(member, value)).StatusCode);

    [Fact]
    public async Task Lengths_are_counted_in_characters_after_normalisation()
    {
        // Two UTF-16 units a character, and two code points that become one.
        foreach (var character in new[] { "a", "🙂", "e\u0301" })
        {
            Assert.Equal(HttpStatusCode.OK, (await PostAsync("name", string.Concat(Enumerable.Repeat(character, 100)))).StatusCode);
            await Problem.IsAsync(
                await PostAsync("name", string.Concat(Enumerable.Repeat(character, 101))), HttpStatusCode.BadRequest, "validation_failed");
        }

        await Problem.IsAsync(await PostAsync("name", new string('a', 1_000_000)), HttpStatusCode.BadRequest, "validation_failed");
        await Problem.IsAsync(await PostAsync("text", new string('a', 201)), HttpStatusCode.BadRequest, "validation_failed");
        await Problem.IsAsync(await PostAsync("address", $"{new string('a', 300)}@example.org"), HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    public async Task Text_reaches_the_handler_in_form_C() =>
        Assert.Equal("\u00e9", (await (await PostAsync("name", "e\u0301")).JsonAsync()).GetProperty("name").GetString());

    [Theory]
    [InlineData(30, HttpStatusCode.BadRequest, "validation_failed")]
    [InlineData(31, HttpStatusCode.BadRequest, "malformed_request")]
    [InlineData(300_000, HttpStatusCode.BadRequest, "malformed_request")]
    public async Task Marks_upon_marks_are_refused_before_they_are_put_into_order(int marks, HttpStatusCode status, string code) =>
        await Problem.IsAsync(
            await PostAsync($$"""{"name":"a{{new string('\u0301', marks / 2)}}{{new string('\u0316', marks - (marks / 2))}}\u202e"}"""), status, code);

    [Fact]
    public async Task What_is_missing_is_told_in_the_clients_own_terms()
    {
        var problem = await Problem.IsAsync(await PostAsync("{}"), HttpStatusCode.BadRequest, "validation_failed");

        Assert.Equal("The name field is required.", problem.GetProperty("errors").GetProperty("name")[0].GetString());
    }

    private Task<HttpResponseMessage> PostAsync(string member, string value) =>
        PostAsync(JsonSerializer.Serialize(new Dictionary<string, string> { ["name"] = "n", [member] = value }));

    private async Task<HttpResponseMessage> PostAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        return await fixture.Host.Public.PostAsync("/test/notes", content);
    }

    public sealed class Fixture : IDisposable
    {
        public ApiHost Host { get; } = ApiHost.Start(
            ApiHost.NoDatabase, configure: TestEndpoints.Add(test => test.MapPost("/notes", (Note note) => note).AllowAnonymous()));

        public void Dispose() => Host.Dispose();
    }
}
