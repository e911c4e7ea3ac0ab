using System.Diagnostics;
using System.Globalization;
using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Outbound;

/// <summary>Where a call goes, what it carries, and what nobody gets to read of it.</summary>
public sealed class OutboundRequestTests
{
    [Fact]
    public async Task A_redirect_is_not_followed_and_a_cookie_not_kept()
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Status(302, $"Location: {scene.Server.Address}elsewhere", "Set-Cookie: id=canary");
        using var first = await scene.SendAsync(OutboundScene.Get());
        using var second = await scene.SendAsync(OutboundScene.Get());

        Assert.Equal(302, (int)first.StatusCode);
        Assert.Equal(["/things", "/things"], scene.Server.Requests.Select(request => request.Path));
        Assert.All(scene.Server.Requests, request => Assert.Empty(request.Headers["Cookie"]));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/")]
    [InlineData("//127.0.0.1:1/")]
    [InlineData("https://elsewhere.example/")]
    public async Task A_client_calls_no_other_host_than_its_own(string address)
    {
        await using var scene = new OutboundScene();

        await Assert.ThrowsAsync<InvalidOperationException>(() => scene.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(address, UriKind.RelativeOrAbsolute))));
    }

    [Fact]
    public async Task Relative_addresses_continue_the_base_address()
    {
        await using var scene = new OutboundScene();
        await using var deeper = new OutboundScene(("BaseAddress", $"{scene.Server.Address}api/v2"));
        (await deeper.SendAsync(OutboundScene.Get("things"))).Dispose();

        Assert.Equal("/api/v2/things", Assert.Single(scene.Server.Requests).Path);
    }

    [Fact]
    public async Task A_connection_that_was_closed_while_it_was_idle_is_not_used_again()
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = async (request, stream, stop) =>
        {
            await FaultyServer.Json("{}")(request, stream, stop);
            await FaultyServer.Close(request, stream, stop);
        };

        for (var i = 1; i <= 5; i++)
        {
            // Sent once: there is no second try to hide behind.
            using var response = await scene.SendAsync(OutboundScene.Post());
            await Eventually.HoldsAsync(() => scene.Server.Ended == i, "the connection has ended");
        }

        Assert.Equal(5, scene.Attempts);
    }

    [Fact]
    public async Task Each_attempt_carries_the_trace_in_a_span_of_its_own()
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Status(500);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        using var caller = new Activity("caller").Start();
        await scene.FailAsync();

        var parents = scene.Server.Requests.Select(request => request.Headers["traceparent"].Single().Split('-')).ToList();
        Assert.All(parents, parent => Assert.Equal(caller.TraceId.ToHexString(), parent[1]));
        Assert.Equal(3, parents.Select(parent => parent[2]).Distinct().Count());
    }

    [Theory]
    [InlineData("HTTP/1.1 500 canary\r\nSet-Cookie: canary\r\nContent-Length: 6\r\n\r\ncanary")]
    [InlineData("HTTP/1.1 200 OK\r\nSet-Cookie canary\r\n\r\n")]
    [InlineData("canary")]
    public async Task Neither_failure_nor_log_tells_a_header_a_body_or_an_address(string answer)
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = async (request, stream, stop) =>
        {
            await FaultyServer.Raw(answer)(request, stream, stop);
            throw new IOException("the end");
        };
        using var request = OutboundScene.Get("things/canary?of=canary");
        request.Headers.Add("Authorization", "Bearer canary");
        request.Headers.Add("Idempotency-Key", "canary");
        var failure = await scene.FailAsync(request);

        string[] secrets = ["canary", scene.Server.EndPoint.Port.ToString(CultureInfo.InvariantCulture)];
        Assert.Null(failure.InnerException);
        Assert.Equal(3, scene.Log.Records.Count(record => record.Message.StartsWith("An attempt to call Planted failed after ", StringComparison.Ordinal)));
        Assert.All(secrets, secret =>
        {
            Assert.DoesNotContain(secret, failure.ToString());
            Assert.DoesNotContain(scene.Log.Records, record => $"{record.Message}{record.Exception}".Contains(secret, StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task Other_protocols_take_the_same_way()
    {
        await using var scene = new OutboundScene();
        var attempts = 0;
        var answer = await scene.Pipeline.RunAsync(
            _ => ++attempts < 3 ? throw new EndOfStreamException("canary") : ValueTask.FromResult("clean"), mayRetry: true, CancellationToken.None);

        Assert.Equal(("clean", 3), (answer, attempts));
        var failure = await Assert.ThrowsAsync<UpstreamException>(
            async () => await scene.Pipeline.RunAsync<string>(_ => throw new EndOfStreamException("canary"), mayRetry: false, CancellationToken.None));
        Assert.Equal("Planted could not be reached or broke off (EndOfStreamException).", failure.Message);
    }

    [Fact]
    public async Task A_fault_of_ours_is_neither_repeated_nor_held_against_the_other_system()
    {
        await using var scene = new OutboundScene();
        var attempts = 0;

        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await scene.Pipeline.RunAsync<string>(_ => throw new InvalidOperationException($"{++attempts}"), mayRetry: true, CancellationToken.None));
        Assert.Equal(1, attempts);
        Assert.Equal(1, scene.Metrics.Sum("attempts", "Planted,fault"));
    }
}
