using System.Net;
using System.Net.Sockets;
using System.Text;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Hosting;

public sealed class RequestLimitTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Json = "Host: x\r\nContent-Type: application/json\r\n";

    private Uri Server => api.Client.BaseAddress!;

    [Fact]
    public async Task Too_long_an_address_is_refused()
    {
        await Problem.IsAsync(await api.Client.GetAsync($"/v1/account?{new string('x', 4096)}"), HttpStatusCode.RequestUriTooLong, "uri_too_long");
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.Client.GetAsync($"/v1/account?{new string('x', 4000)}")).StatusCode);
        Assert.StartsWith("HTTP/1.1 414", await RawHttp.SendAsync(Server, $"GET /{new string('x', 100_000)} HTTP/1.1\r\nHost: x\r\n\r\n"));
    }

    [Theory]
    [InlineData(70, 1)]
    [InlineData(1, 17_000)]
    [InlineData(20, 1000)]
    public async Task Too_many_or_too_large_headers_are_refused(int count, int length)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account");

        for (var i = 0; i < count; i++)
        {
            request.Headers.Add($"X-Header-{i}", new string('x', length));
        }

        await Problem.IsAsync(await api.Client.SendAsync(request), HttpStatusCode.RequestHeaderFieldsTooLarge, "headers_too_large");
    }

    [Fact]
    public async Task Ten_thousand_headers_end_at_Kestrel()
    {
        var headers = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"X-{i}: y\r\n"));

        Assert.StartsWith("HTTP/1.1 431", await RawHttp.SendAsync(Server, $"GET /v1/account HTTP/1.1\r\nHost: x\r\n{headers}\r\n"));
    }

    [Fact]
    [Wall("F1")]
    public async Task A_body_over_one_mebibyte_is_too_large_announced_or_not()
    {
        var body = $"\"{new string('x', 1024 * 1024)}\"";
        var announced = await RawHttp.SendAsync(Server, $"POST /v1/accounts HTTP/1.1\r\n{Json}Content-Length: {body.Length}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 413", announced);
        Assert.Contains("\"code\":\"payload_too_large\"", announced);

        // Without the last chunk: the limit is hit while more could come, and no more is waited for.
        var chunked = await RawHttp.SendAsync(
            Server, $"POST /v1/accounts HTTP/1.1\r\n{Json}Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n");
        Assert.StartsWith("HTTP/1.1 413", chunked);
        Assert.Contains("\"code\":\"payload_too_large\"", chunked);
    }

    [Fact]
    [Wall("F1")]
    public async Task A_body_that_trickles_in_for_too_long_is_given_up_on()
    {
        using var host = ApiHost.Start(ApiHost.NoDatabase, settings: new Dictionary<string, string> { ["RequestLimits:BodyTimeout"] = "00:00:01" });

        var answer = await RawHttp.SendAsync(host.Public.BaseAddress!, $"POST /v1/accounts HTTP/1.1\r\n{Json}Content-Length: 100\r\n\r\n{{\"email\":");

        Assert.StartsWith("HTTP/1.1 408", answer);
        Assert.Contains("\"code\":\"request_timeout\"", answer);
    }

    [Fact]
    [Wall("F1")]
    public async Task A_body_of_one_mebibyte_is_not_too_large()
    {
        using var content = new StringContent($"{{\"email\":\"{new string('x', (1024 * 1024) - 12)}\"}}", Encoding.UTF8, "application/json");

        await Problem.IsAsync(await api.Client.PostAsync("/v1/accounts", content), HttpStatusCode.BadRequest, "validation_failed");
    }

    [Theory]
    [Wall("F1")]
    [InlineData(null, null)]
    [InlineData("text/plain", null)]
    [InlineData("text/json", null)]
    [InlineData("multipart/form-data; boundary=x", null)]
    [InlineData("application/json, text/plain", null)]
    [InlineData("application/jsonp", null)]
    [InlineData("application/json", "gzip")]
    [InlineData("application/json", "br")]
    [InlineData("application/json", "identity, gzip")]
    [InlineData("application/json", "")]
    public async Task Another_content_type_or_encoding_is_refused(string? type, string? encoding)
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        if (encoding is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        }

        await Problem.IsAsync(await api.Client.PostAsync("/v1/accounts", content), HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Theory]
    [InlineData("APPLICATION/Json", null)]
    [InlineData("application/json; charset=UTF-8; profile=\"x\"", null)]
    [InlineData("application/json;charset=utf-8", "identity")]
    [InlineData("application/vnd.example+json", null)]
    public async Task Odd_spellings_of_JSON_are_read(string type, string? encoding)
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding ?? "identity");

        await Problem.IsAsync(await api.Client.PostAsync("/v1/accounts", content), HttpStatusCode.BadRequest, "validation_failed");
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked", "1\r\n{\r\n")]
    [InlineData("Content-Length: 100000", "{")]
    public async Task A_body_that_trickles_in_is_cut_off(string head, string begun)
    {
        using var log = new ErrorLog();
        using var host = api.StartAnother(
            settings: new Dictionary<string, string> { ["RequestLimits:MinDataRate"] = "100000" }, configure: log.Attach);
        using var client = new TcpClient();
        await client.ConnectAsync(host.Public.BaseAddress!.Host, host.Public.BaseAddress.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/accounts HTTP/1.1\r\n{Json}{head}\r\n\r\n{begun}"));

        // Nothing more comes from us: it is the server that ends this, and it says why.
        var answer = await RawHttp.ReadAsync(stream);
        Assert.StartsWith("HTTP/1.1 408", answer);
        Assert.Contains("\"code\":\"request_timeout\"", answer);
        await Eventually.HoldsAsync(() => log.RequestsEnded == 1, "the request has ended");
        Assert.Empty(log.Errors);
    }

    [Theory]
    [InlineData("Content-Length: 100000", "")]
    [InlineData("Content-Length: 100000", "{")]
    [InlineData("Content-Length: 100000", "[[[[")]
    [InlineData("Transfer-Encoding: chunked", "2000\r\n{\"email\":\"someone@example.org\",")]
    [InlineData("Transfer-Encoding: chunked", "1\r\n]\r\n")]
    public async Task Clients_that_leave_in_the_middle_of_their_bodies_leave_no_error_behind(string head, string begun)
    {
        const int Clients = 100;
        using var log = new ErrorLog();

        using (var host = api.StartAnother(configure: log.Attach))
        {
            // Reset, and not closed, when disposed.
            var clients = Enumerable.Range(0, Clients).Select(_ => new TcpClient { LingerState = new LingerOption(true, 0) }).ToList();

            foreach (var client in clients)
            {
                await client.ConnectAsync(host.Public.BaseAddress!.Host, host.Public.BaseAddress.Port);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/accounts HTTP/1.1\r\n{Json}{head}\r\n\r\n{begun}"));
            }

            await Eventually.HoldsAsync(() => log.RequestsBegun == Clients, "all requests have begun");
            Parallel.ForEach(clients, client => client.Dispose());
            await Eventually.HoldsAsync(() => log.RequestsEnded == Clients, "all requests have ended");
            Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/health/live")).StatusCode);
        }

        Assert.Empty(log.Errors);
    }
}
