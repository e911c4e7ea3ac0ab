using System.Net.Sockets;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Tests.Hosting;

public sealed class BodyGuardTests
{
    [Fact]
    public async Task A_connection_that_is_lost_in_the_middle_of_a_read_ends_the_request()
    {
        var context = new DefaultHttpContext();
        using var guard = new BodyGuard(new Failing(new IOException("reset", new SocketException())), context);

        await Assert.ThrowsAsync<IOException>(async () => await guard.ReadExactlyAsync(new byte[1]));
        Assert.True(context.RequestAborted.IsCancellationRequested);
    }

    [Fact]
    public async Task A_body_that_is_refused_still_gets_its_answer()
    {
        var context = new DefaultHttpContext();
        using var guard = new BodyGuard(new Failing(new BadHttpRequestException("too large", 413)), context);

        await Assert.ThrowsAsync<BadHttpRequestException>(async () => await guard.ReadExactlyAsync(new byte[1]));
        Assert.False(context.RequestAborted.IsCancellationRequested);
    }

    private sealed class Failing(IOException fault) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromException<int>(fault);
    }
}
