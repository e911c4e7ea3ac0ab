using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Hosting;

/// <summary>
/// Stands between Kestrel's body and what reads it, so that no reader can leave the connection in a state that Kestrel logs as an error
/// of ours: neither the JSON parser, which leaves a read of a pipe open when it gives up, nor the loss of the client in the middle of
/// one, after which Kestrel would go on to drain the rest. And a body arrives in time or not at all: who is calling was found out before it.
/// </summary>
internal sealed class BodyGuard(Stream body, HttpContext context, TimeSpan limit) : ReadOnlyStream
{
    private CancellationTokenSource? _deadline;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _deadline ??= new CancellationTokenSource(context.GetEndpoint()?.Metadata.GetMetadata<BodyAllowance>()?.Timeout ?? limit);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _deadline.Token);

        try
        {
            return await body.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException late) when (_deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new BadHttpRequestException("The body took too long to arrive.", StatusCodes.Status408RequestTimeout, late);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            context.Abort();
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        _deadline?.Dispose();
        base.Dispose(disposing);
    }
}

internal static class BodyGuardExtensions
{
    public static void UseBodyGuard(this WebApplication app)
    {
        var limit = app.Services.GetRequiredService<IOptions<RequestLimitOptions>>().Value.BodyTimeout;

        app.Use((context, next) =>
        {
            if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false })
            {
                var guard = new BodyGuard(context.Request.Body, context, limit);
                context.Response.RegisterForDispose(guard);
                context.Request.Body = guard;
            }

            return next(context);
        });
    }
}
