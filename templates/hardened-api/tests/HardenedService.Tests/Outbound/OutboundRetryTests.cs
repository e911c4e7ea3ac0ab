using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Outbound;

[Wall("K1")]
public sealed class OutboundRetryTests
{
    [Fact]
    public async Task A_call_that_succeeds_is_made_once()
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Json("""{"name":"a thing"}""");
        using var response = await scene.SendAsync(OutboundScene.Get("things/1"));

        Assert.Equal("a thing", (await response.ReadUpstreamJsonAsync<Thing>(TestContext.Current.CancellationToken)).Name);
        Assert.Equal("/things/1", Assert.Single(scene.Server.Requests).Path);
        Assert.Equal(1, scene.Metrics.Sum("attempts", "Planted,answered"));
    }

    [Theory]
    [InlineData("GET", 3)]
    [InlineData("HEAD", 3)]
    [InlineData("OPTIONS", 3)]
    [InlineData("PUT", 3)]
    [InlineData("DELETE", 3)]
    [InlineData("POST", 1)]
    [InlineData("PATCH", 1)]
    public async Task What_may_happen_twice_is_tried_three_times_and_the_rest_once(string method, int attempts)
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Status(500);
        var failure = await scene.FailAsync(new HttpRequestMessage(new HttpMethod(method), new Uri("things", UriKind.Relative)));

        Assert.Equal(UpstreamFailure.Failed, failure.Failure);
        Assert.Equal(attempts, scene.Attempts);
        Assert.Equal(attempts, scene.Metrics.Sum("attempts", "Planted,failed"));
    }

    private sealed record Thing(string Name);
}
