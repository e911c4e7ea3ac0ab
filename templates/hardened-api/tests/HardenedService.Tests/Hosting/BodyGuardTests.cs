using System.Net.Sockets;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HardenedService.Tests.Hosting;

public sealed class BodyGuardTests
{
    [Fact]
    public async Task A_connection_that_is_lost_in_the_middle_of_a_read_ends_the_request()
    {
        var connection = new Connection();
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestLifetimeFeature>(connection);
        using var guard = new BodyGuard(new Failing(new IOException("reset", new SocketException())), context, TimeSpan.FromMinutes(1));

        await Assert.ThrowsAsync<IOException>(async () => await guard.ReadExactlyAsync(new byte[1]));
        Assert.True(connection.IsAborted);
    }

    [Fact]
    public async Task A_body_that_is_refused_still_gets_its_answer()
    {
        var connection = new Connection();
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestLifetimeFeature>(connection);
        using var guard = new BodyGuard(new Failing(new BadHttpRequestException("too large", 413)), context, TimeSpan.FromMinutes(1));

        await Assert.ThrowsAsync<BadHttpRequestException>(async () => await guard.ReadExactlyAsync(new byte[1]));
        Assert.False(connection.IsAborted);
    }

    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }

    private sealed class Failing(IOException fault) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromException<int>(fault);
    }
}
