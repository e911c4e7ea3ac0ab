using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;

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
    [Wall("K1")]
    public async Task A_body_of_one_byte_a_second_ends_with_its_attempt()
    {
        await using var scene = new OutboundScene(("Retries", "0"));
        scene.Server.Behavior = FaultyServer.Parts("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", _ =>
        {
            scene.Clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult("x");
        });

        Assert.Equal(UpstreamFailure.TimedOut, (await scene.FailAsync()).Failure);
    }

    [Fact]
    [Wall("K1")]
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
