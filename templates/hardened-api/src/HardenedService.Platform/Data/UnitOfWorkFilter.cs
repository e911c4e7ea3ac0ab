using HardenedService.Platform.Hosting;
using HardenedService.Platform.Idempotency;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.Data;

/// <summary>
/// Runs a call in one transaction. That of a safe call is read only. That of an unsafe one is committed when the handler's result is a
/// success, and before a byte of it is written: a client never sees a success that did not last. Anything else rolls it back.
/// </summary>
internal static class UnitOfWorkFilter
{
    public static EndpointFilterDelegate Create(EndpointBuilder endpoint, EndpointFilterDelegate next)
    {
        if (endpoint.Metadata.OfType<UnitOfWorkMetadata>().Last().OpensOwn)
        {
            return next;
        }

        var isKeyed = endpoint.Metadata.OfType<IdempotencyKeyMetadata>().Any();

        return async context =>
        {
            // Disposed when the transaction has ended: while the answer is written, nothing can open the connection again and read outside.
            await using var work = context.HttpContext.RequestServices.GetRequiredService<UnitOfWork>();

            // Parameters are bound before filters run: what the handler needs has asked for the connection by now.
            if (!work.IsWanted && !isKeyed)
            {
                work.Decline();
                return await next(context);
            }

            return SafeMethods.Contain(context.HttpContext.Request.Method)
                ? await work.ReadAsync(() => next(context).AsTask(), context.HttpContext.RequestAborted)
                : await WriteAsync(work, context, next);
        };
    }

    /// <summary>The status that a handler's result will be answered with (<c>null</c> for a value: 200).</summary>
    /// <exception cref="InvalidOperationException">The result does not tell, so nobody can know whether to commit.</exception>
    public static int StatusOf(object? result, HttpResponse response) => result switch
    {
        INestedHttpResult nested => StatusOf(nested.Result, response),
        IStatusCodeHttpResult { StatusCode: { } status } => status,
        IStatusCodeHttpResult or EmptyHttpResult => response.StatusCode,
        IResult other => throw new InvalidOperationException(
            $"A {other.GetType().Name} does not tell its status (IStatusCodeHttpResult): an unsafe call cannot answer with it."),
        _ => response.StatusCode,
    };

    /// <summary>What has been sent cannot be taken back when the commit fails.</summary>
    /// <exception cref="InvalidOperationException">The handler wrote to the response itself.</exception>
    public static void RefuseStarted(HttpResponse response)
    {
        if (response.HasStarted)
        {
            throw new InvalidOperationException("The handler of an unsafe call wrote to the response before the commit. Return a result instead.");
        }
    }

    /// <summary>Whether the endpoint answers a method that changes nothing.</summary>
    public static bool IsSafe(EndpointBuilder endpoint) =>
        endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault()?.HttpMethods.Any(SafeMethods.Contain) != false;

    private static async Task<object?> WriteAsync(UnitOfWork work, EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        await using var transaction = await work.BeginAsync(context.HttpContext.RequestAborted);
        var result = await next(context);

        RefuseStarted(context.HttpContext.Response);

        // An idempotent call commits by itself: it keeps a refusal as well.
        if (work.Current == transaction && StatusOf(result, context.HttpContext.Response) < StatusCodes.Status400BadRequest)
        {
            await transaction.CommitAsync();
        }

        return result;
    }
}
