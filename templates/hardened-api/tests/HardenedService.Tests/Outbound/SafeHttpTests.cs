using System.Net;
using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Outbound;

[Wall("F7")]
public sealed class SafeHttpTests : IAsyncDisposable
{
    private const string Host = SafeHttpScene.Host;
    private const string PublicAddress = SafeHttpScene.PublicAddress;

    private readonly SafeHttpScene _scene = new();

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task A_public_address_is_called_at_the_address_that_was_checked()
    {
        using var http = _scene.New();
        using var response = await http.GetAsync(new Uri($"https://{Host}/hook?of=mine"), CancellationToken.None);

        Assert.Equal("{}", await response.Content.ReadAsStringAsync());
        Assert.Equal($"{PublicAddress}:443", Assert.Single(_scene.Network.Connected));
        var request = Assert.Single(_scene.Server.Requests);
        Assert.Equal(("/hook?of=mine", Host), (request.Path, request.Headers["Host"].Single()));
        Assert.Empty(request.Headers["traceparent"]);
    }

    [Theory]
    [InlineData("http://hooks.example/", "Must be an address that begins with https://.")]
    [InlineData("ftp://hooks.example/", "Must be an address that begins with https://.")]
    [InlineData("file:///etc/passwd", "Must be an address that begins with https://.")]
    [InlineData("/relative", "Must be an address that begins with https://.")]
    [InlineData("https://user@hooks.example/", "Must not hold a user name or password.")]
    [InlineData("https://user:password@hooks.example/", "Must not hold a user name or password.")]
    [InlineData("https://hooks.example:22/", "Must not name this port.")]
    [InlineData("https://hooks.example:8443/", "Must not name this port.")]
    [InlineData("https://127.0.0.1/", "Must lead to the public internet.")]
    [InlineData("https://127.1/", "Must lead to the public internet.")]
    [InlineData("https://2130706433/", "Must lead to the public internet.")]
    [InlineData("https://0x7f.0.0.1/", "Must lead to the public internet.")]
    [InlineData("https://0177.0.0.1/", "Must lead to the public internet.")]
    [InlineData("https://[::1]/", "Must lead to the public internet.")]
    [InlineData("https://[::ffff:93.184.215.14]/", "Must lead to the public internet.")]
    [InlineData("https://[fe80::1%25eth0]/", "Must lead to the public internet.")]
    public async Task Other_addresses_are_refused_before_anything_is_asked(string address, string message)
    {
        using var http = _scene.New();
        var refused = await Assert.ThrowsAsync<RefusedAddressException>(() => http.GetAsync(new Uri(address, UriKind.RelativeOrAbsolute), CancellationToken.None));

        Assert.Equal(message, refused.Message);
        Assert.Empty(_scene.Network.Resolved);
        Assert.Empty(_scene.Network.Connected);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData(PublicAddress, "10.0.0.1")]
    [InlineData("10.0.0.1", PublicAddress)]
    public async Task A_name_that_leads_inside_is_refused_with_all_its_addresses(params string[] addresses)
    {
        _scene.Network.Answers = () => addresses;
        using var http = _scene.New();
        var refused = await Assert.ThrowsAsync<RefusedAddressException>(() => http.GetAsync(new Uri($"https://{Host}/"), CancellationToken.None));

        Assert.Equal("Must lead to the public internet.", refused.Message);
        Assert.Empty(_scene.Network.Connected);
        Assert.Contains(_scene.Log.Records, record => record is { Level: LogLevel.Warning, Message: "An address given by a user leads into a private network, and was not called" });
    }

    [Fact]
    public async Task A_name_that_changes_its_address_after_the_check_gains_nothing()
    {
        // Public for whoever looks first, inside for whoever looks again.
        var looks = 0;
        _scene.Network.Answers = () => ++looks == 1 ? [PublicAddress] : ["127.0.0.1"];
        _scene.Server.Behavior = FaultyServer.Status(200, "Connection: close");
        using var http = _scene.New();
        (await http.GetAsync(new Uri($"https://{Host}/"), CancellationToken.None)).Dispose();
        Assert.Equal($"{PublicAddress}:443", Assert.Single(_scene.Network.Connected));

        // A new connection looks, and is checked, itself.
        await Assert.ThrowsAsync<RefusedAddressException>(() => http.GetAsync(new Uri($"https://{Host}/"), CancellationToken.None));
        Assert.Equal(2, looks);
        Assert.Single(_scene.Network.Connected);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_a_cookie_not_kept()
    {
        _scene.Server.Behavior = FaultyServer.Status(302, "Location: https://127.0.0.1/", "Set-Cookie: id=1");
        using var http = _scene.New();
        using var first = await http.GetAsync(new Uri($"https://{Host}/"), CancellationToken.None);
        using var second = await http.GetAsync(new Uri($"https://{Host}/"), CancellationToken.None);

        Assert.Equal(HttpStatusCode.Redirect, first.StatusCode);
        Assert.Equal(2, _scene.Server.Requests.Count);
        Assert.All(_scene.Server.Requests, request => Assert.Empty(request.Headers["Cookie"]));
    }

    [Fact]
    public async Task A_request_cannot_choose_a_protocol_that_is_not_checked_nor_another_host()
    {
        using var http = _scene.New();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"https://{Host}/"))
        {
            Version = HttpVersion.Version30,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { Host = "inside.example" },
            Content = new StringContent("an event"),
        };
        (await http.SendAsync(request, CancellationToken.None)).Dispose();

        var received = Assert.Single(_scene.Server.Requests);
        Assert.Equal(("an event", Host), (received.Body, received.Headers["Host"].Single()));
    }

    [Fact]
    public async Task A_request_that_fails_is_not_repeated()
    {
        _scene.Server.Behavior = FaultyServer.Reset;
        using var http = _scene.New();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"https://{Host}/"));
        var failure = await Assert.ThrowsAsync<UpstreamException>(() => http.SendAsync(request, CancellationToken.None));

        Assert.Equal(UpstreamFailure.Failed, failure.Failure);
        Assert.Single(_scene.Server.Requests);
    }

    [Fact]
    public async Task Another_port_is_called_if_the_settings_name_it()
    {
        using var http = _scene.New(new SafeHttpOptions { Ports = [8443] });
        (await http.GetAsync(new Uri($"https://{Host}:8443/"), CancellationToken.None)).Dispose();

        Assert.Equal($"{PublicAddress}:8443", Assert.Single(_scene.Network.Connected));
    }

    [Fact]
    public async Task Who_cannot_prove_the_name_is_not_talked_to()
    {
        using var http = _scene.New();
        var failure = await Assert.ThrowsAsync<UpstreamException>(() => http.GetAsync(new Uri("https://other.example/"), CancellationToken.None));

        Assert.Equal("The address could not be reached or broke off (SecureConnectionError, TLS).", failure.Message);
        Assert.Empty(_scene.Server.Requests);
    }

    [Fact]
    public async Task A_large_answer_is_not_read_to_the_end()
    {
        var sent = 0;
        _scene.Server.Behavior = FaultyServer.Parts(
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", _ => Task.FromResult(++sent <= 100 ? new string('x', 1024 * 1024) : throw new IOException("all of it")));
        using var http = _scene.New();
        var failure = await Assert.ThrowsAsync<UpstreamException>(() => http.GetAsync(new Uri($"https://{Host}/"), CancellationToken.None));

        Assert.Equal("The address sent a larger answer than it may.", failure.Message);
        Assert.InRange(sent, 0, 50);
    }

    [Fact]
    public async Task A_body_of_one_byte_a_second_ends_in_time()
    {
        _scene.Server.Behavior = FaultyServer.Parts("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", _ =>
        {
            _scene.Clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult("x");
        });
        using var http = _scene.New();
        var failure = await Assert.ThrowsAsync<UpstreamException>(() => http.GetAsync(new Uri($"https://{Host}/"), CancellationToken.None));

        Assert.Equal(UpstreamFailure.TimedOut, failure.Failure);
    }

    [Fact]
    public async Task So_many_at_once_and_no_more()
    {
        _scene.Server.Behavior = FaultyServer.Hang;
        using var http = _scene.New(new SafeHttpOptions { MaxConcurrency = 14 });
        var calls = Enumerable.Range(0, 50).Select(_ => Task.Run(() => Assert.ThrowsAsync<UpstreamException>(
            () => http.GetAsync(new Uri($"https://{Host}/"), CancellationToken.None)))).ToList();
        await Eventually.HoldsAsync(() => calls.Count(call => call.IsCompleted) == 36, "all but fourteen are refused");
        Assert.All(calls.Where(call => call.IsCompleted), call => Assert.Equal(UpstreamFailure.Unavailable, call.Result.Failure));

        await Eventually.HoldsAsync(() => _scene.Server.Requests.Count == 14, "fourteen arrive");
        _scene.Clock.Advance(new SafeHttpOptions().Timeout);
        await Task.WhenAll(calls);
    }
}
