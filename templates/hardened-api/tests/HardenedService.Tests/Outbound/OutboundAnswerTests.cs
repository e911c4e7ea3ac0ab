using System.Diagnostics;
using System.Globalization;
using HardenedService.Platform.Outbound;

namespace HardenedService.Tests.Outbound;

public sealed class OutboundAnswerTests
{
    private const int Mebibyte = 1024 * 1024;

    private static readonly string Chunk = new('x', Mebibyte);

    public static TheoryData<string> Heads =>
    [
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6400000\r\n",
    ];

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task A_hundred_megabytes_are_not_read_to_the_end(string head)
    {
        await using var scene = new OutboundScene();
        var sent = 0;
        scene.Server.Behavior = FaultyServer.Parts(head, _ => Task.FromResult(++sent <= 100 ? Chunk : throw new IOException("all of it")));
        var failure = await scene.FailAsync();

        Assert.Equal("Planted sent a larger answer than it may.", failure.Message);
        Assert.Equal(1, scene.Attempts);
        Assert.InRange(sent, 0, 50);
    }

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task Nor_are_they_from_a_stream(string head)
    {
        await using var scene = new OutboundScene();
        var sent = 0;
        scene.Server.Behavior = FaultyServer.Parts(head, _ => Task.FromResult(++sent <= 100 ? Chunk : throw new IOException("all of it")));

        Assert.Equal("Planted sent a larger answer than it may.", (await Assert.ThrowsAsync<UpstreamException>(() => StreamAsync(scene))).Message);
        Assert.InRange(sent, 0, 50);
    }

    [Fact]
    public async Task A_body_of_one_byte_a_second_ends_with_its_attempt()
    {
        await using var scene = new OutboundScene(("Retries", "0"));
        scene.Server.Behavior = FaultyServer.Parts("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", _ =>
        {
            scene.Clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult("x");
        });

        Assert.Equal(UpstreamFailure.TimedOut, (await scene.FailAsync()).Failure);
    }

    [Fact]
    public async Task A_streamed_body_of_one_byte_a_second_ends_with_its_call()
    {
        await using var scene = new OutboundScene();
        var isRead = new TaskCompletionSource();
        scene.Server.Behavior = FaultyServer.Parts("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", async stop =>
        {
            await isRead.Task.WaitAsync(stop);
            scene.Clock.Advance(TimeSpan.FromSeconds(1));
            return "x";
        });
        using var response = await scene.Http.SendAsync(OutboundScene.Get().Streamed(), HttpCompletionOption.ResponseHeadersRead);
        isRead.SetResult();
        var failure = await Assert.ThrowsAsync<UpstreamException>(() => response.Content.CopyToAsync(Stream.Null));

        Assert.Equal((UpstreamFailure.TimedOut, 1), (failure.Failure, scene.Attempts));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_that_breaks_off_is_a_failure(bool streamed)
    {
        await using var scene = new OutboundScene(("Retries", "0"));
        scene.Server.Behavior = FaultyServer.Parts("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", _ => throw new IOException("no more"));
        var failure = streamed ? await Assert.ThrowsAsync<UpstreamException>(() => StreamAsync(scene)) : await scene.FailAsync();

        Assert.Equal(UpstreamFailure.Failed, failure.Failure);
        Assert.StartsWith("Planted could not be reached or broke off (", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_comes_after_the_told_length_is_not_read()
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef");
        using var response = await scene.SendAsync(OutboundScene.Get());

        Assert.Equal("abc", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("application/json", "{\"name\":\"canary", "answered with JSON that cannot be read")]
    [InlineData("application/json", "[\"canary\"]", "answered with JSON that cannot be read")]
    [InlineData("application/json", "{\"canary\":1}", "answered with JSON that cannot be read")]
    [InlineData("application/json; charset=canary", "{\"name\":\"\"}", "answered with JSON that cannot be read")]
    [InlineData("application/json", "null", "answered with nothing")]
    [InlineData("text/html", "{\"name\":\"canary\"}", "answered with something else than JSON")]
    public async Task Garbage_is_a_failure_that_quotes_nothing(string type, string body, string reason)
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Whole(200, $"Content-Type: {type}\r\n", body);
        using var response = await scene.SendAsync(OutboundScene.Get());
        var failure = await Assert.ThrowsAsync<UpstreamException>(() => response.ReadUpstreamJsonAsync<Thing>(CancellationToken.None));

        Assert.Equal((UpstreamFailure.Failed, $"Planted {reason}."), (failure.Failure, failure.Message));
        Assert.DoesNotContain("canary", failure.ToString());
    }

    [Fact]
    public async Task Json_is_read_and_another_status_than_success_is_not()
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Json("""{"name":"a thing"}""");
        using var found = await scene.SendAsync(OutboundScene.Get());
        Assert.Equal("a thing", (await found.ReadUpstreamJsonAsync<Thing>(CancellationToken.None)).Name);

        scene.Server.Behavior = FaultyServer.Status(404);
        using var missing = await scene.SendAsync(OutboundScene.Get());
        Assert.Equal("Planted answered 404.", Assert.Throws<UpstreamException>(missing.RequireSuccess).Message);
    }

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

    private static async Task StreamAsync(OutboundScene scene)
    {
        using var response = await scene.Http.SendAsync(OutboundScene.Get().Streamed(), HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        await stream.CopyToAsync(Stream.Null);
    }

    private sealed record Thing
    {
        public required string Name { get; init; }
    }
}
