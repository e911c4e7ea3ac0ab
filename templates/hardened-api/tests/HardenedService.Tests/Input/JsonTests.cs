using System.Net;
using System.Text;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;

namespace HardenedService.Tests.Input;

[Wall("F2")]
public sealed class JsonTests(JsonTests.Fixture fixture) : IClassFixture<JsonTests.Fixture>
{
    public sealed record Order(string? Name, int? Count, Order? Inner, double? Price = null, JsonElement? Any = null);

    [Theory]
    [InlineData("""{"name":"a"}""")]
    [InlineData("""{"name":"a","count":1,"inner":{"name":"b","price":1.5}}""")]
    [InlineData(""" {"any":{"name":[1,"two",null]}} """)]
    public async Task What_is_as_it_should_be_is_read(string body) => Assert.Equal(HttpStatusCode.OK, (await PostAsync(body)).StatusCode);

    [Theory]
    [InlineData("""{"name":"a","name":"b"}""")]
    [InlineData("""{"name":"a","\u006eame":"b"}""")]
    [InlineData("""{"inner":{"name":"a","name":"a"}}""")]
    [InlineData("""{"any":{"a":{"b":1,"b":2}}}""")]
    [InlineData("""{"any":[{"b":1,"\u0062":2}]}""")]
    [InlineData("""{"Name":"a"}""")]
    [InlineData("""{"name":"a","isAdmin":true}""")]
    [InlineData("""{"inner":{"isAdmin":true}}""")]
    [InlineData("""{"name":"a"} {"name":"b"}""")]
    [InlineData("""{"name":"a"}x""")]
    [InlineData("{\"name\":\"a\"}\0")]
    [InlineData("""{"name":"a",}""")]
    [InlineData("""{"name":"a" /* comment */}""")]
    [InlineData("// comment\n{}")]
    [InlineData("{'name':'a'}")]
    [InlineData("{name:\"a\"}")]
    [InlineData("""{"count":"1"}""")]
    [InlineData("""{"count":1.5}""")]
    [InlineData("""{"count":1e99}""")]
    [InlineData("""{"count":2147483648}""")]
    [InlineData("""{"count":01}""")]
    [InlineData("""{"count":true}""")]
    [InlineData("""{"price":NaN}""")]
    [InlineData("""{"price":"NaN"}""")]
    [InlineData("""{"price":Infinity}""")]
    [InlineData("""{"name":1}""")]
    [InlineData("""{"name":["a"]}""")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{")]
    public async Task What_two_readers_could_read_differently_is_malformed(string body) =>
        await Problem.IsAsync(await PostAsync(body), HttpStatusCode.BadRequest, "malformed_request");

    [Fact]
    public async Task A_byte_order_mark_at_the_beginning_is_passed_over_and_anywhere_else_malformed()
    {
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("\uFEFF{\"name\":\"a\"}")).StatusCode);
        await Problem.IsAsync(await PostAsync("\uFEFF\uFEFF{\"name\":\"a\"}"), HttpStatusCode.BadRequest, "malformed_request");
        await Problem.IsAsync(await PostAsync(" \uFEFF{\"name\":\"a\"}"), HttpStatusCode.BadRequest, "malformed_request");
        await Problem.IsAsync(await PostAsync("{\"name\":\"a\"}\uFEFF"), HttpStatusCode.BadRequest, "malformed_request");
        await Problem.IsAsync(await PostAsync("\uFEFF"), HttpStatusCode.BadRequest, "malformed_request");
    }

    [Fact]
    public async Task Nesting_ends_at_32_levels()
    {
        Assert.Equal(HttpStatusCode.OK, (await PostAsync($"{{\"any\":{new string('[', 31)}{new string(']', 31)}}}")).StatusCode);
        await Problem.IsAsync(
            await PostAsync($"{{\"any\":{new string('[', 32)}{new string(']', 32)}}}"), HttpStatusCode.BadRequest, "malformed_request");
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    [InlineData('"')]
    [InlineData('1')]
    [InlineData(' ')]
    public async Task A_mebibyte_of_one_character_is_malformed(char character) =>
        await Problem.IsAsync(await PostAsync(new string(character, 1024 * 1024)), HttpStatusCode.BadRequest, "malformed_request");

    private async Task<HttpResponseMessage> PostAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        return await fixture.Host.Public.PostAsync("/test/orders", content);
    }

    public sealed class Fixture : IDisposable
    {
        public ApiHost Host { get; } = ApiHost.Start(
            ApiHost.NoDatabase, configure: TestEndpoints.Add(test => test.MapPost("/orders", (Order order) => order.Count).AllowAnonymous()));

        public void Dispose() => Host.Dispose();
    }
}
