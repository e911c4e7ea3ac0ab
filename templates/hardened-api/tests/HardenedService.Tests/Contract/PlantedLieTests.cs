namespace HardenedService.Tests.Contract;

/// <summary>A run that passed whatever the service does would be worth nothing: here endpoints lie, and it has to say so.</summary>
public sealed class PlantedLieTests(PlantedLies lies) : IClassFixture<PlantedLies>
{
    [Fact]
    public async Task Endpoints_that_keep_to_the_document_are_let_through() => Assert.Empty(await lies.ViolationsAsync("honest"));

    [Theory]
    [InlineData("status", "answered 409", "does not know this status")]
    [InlineData("code", "answered 409", "the body.code is conflict, not one of")]
    [InlineData("member", "answered 200", "the member secret, which is not documented")]
    [InlineData("missing", "answered 200", "lacks the member count")]
    [InlineData("type", "answered 200", "the body.count is not of type integer")]
    [InlineData("null", "answered 200", "the body.name is not of type string")]
    [InlineData("media", "answered 200 text/plain", "The media type is not documented")]
    [InlineData("body", "answered 200", "A body is not documented")]
    [InlineData("header", "answered 204", "The header ETag is not documented")]
    [InlineData("fault", "a hostile text for text", "answered 418")]
    [InlineData("limit", "text: too long", "forbids this request, but the service accepts it")]
    [InlineData("refusal", "answered 400", "allows this request, but the service refuses it")]
    [InlineData("key", "without Planted-Key", "forbids this request, but the service accepts it")]
    [InlineData("hidden", "PUT /v1/planted/hidden is not documented", "answers 204")]
    public async Task A_lie_is_caught(string operationId, string what, string why)
    {
        var violations = await lies.ViolationsAsync(operationId);

        Assert.Contains(
            violations, violation => violation.Contains(what, StringComparison.Ordinal) && violation.Contains(why, StringComparison.Ordinal));
    }
}
