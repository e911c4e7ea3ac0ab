using System.Security.Cryptography;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Idempotency;

/// <summary>Runs a call once for each key, within the unit of work, and answers retries with what it answered then.</summary>
internal sealed class IdempotencyFilter(int? body, bool isForm, EndpointFilterDelegate next)
{
    public static EndpointFilterDelegate Create(EndpointBuilder endpoint, EndpointFilterFactoryContext factory, EndpointFilterDelegate next)
    {
        var body = IdempotencyRoute.BodyOf(endpoint, factory.MethodInfo);

        return new IdempotencyFilter(body, isForm: body is null && IdempotencyRoute.TakesForm(endpoint), next).InvokeAsync;
    }

    /// <summary>The outermost filter: without a usable key no upload is received, and no transaction is opened.</summary>
    public static EndpointFilterDelegate RequireKey(EndpointFilterDelegate next) => context => context.HttpContext.Request.Headers[IdempotencyKey.Header] switch
    {
        [] => ValueTask.FromResult<object?>(
            Problems.IdempotencyKeyMissing.Result("Send an Idempotency-Key that is new for each intention, and the same for each retry of it.")),
        [{ } key] when IdempotencyKey.IsValid(key) => next(context),
        _ => ValueTask.FromResult<object?>(
            Problems.IdempotencyKeyInvalid.Result("Send one Idempotency-Key of 1 to 255 visible ASCII characters, such as a UUID.")),
    };

    private async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context)
    {
        var http = context.HttpContext;

        // What a handler reads by hand is not compared: of a route that declares no body, nobody shall be able to read one.
        if (body is null && !isForm && http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            return Problems.UnsupportedMediaType.Result("This call takes no body.");
        }

        var session = http.Features.Get<Session>() ?? throw new InvalidOperationException("An idempotency key belongs to a person, and nobody is signed in.");
        var services = http.RequestServices;
        var metrics = services.GetRequiredService<IdempotencyMetrics>();
        var used = new UsedKey(
            IdempotencyKey.Scope(http.Request.Headers[IdempotencyKey.Header].ToString(), session, http),
            session.UserId,
            await Fingerprint.OfAsync(
                http.Request,
                body is { } index ? context.Arguments[index] : null,
                isForm,
                services.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions,
                http.RequestAborted));

        switch (await services.GetRequiredService<IdempotencyStore>().TakeAsync(used.Id, http.RequestAborted))
        {
            case { Answer: { } answer } known when CryptographicOperations.FixedTimeEquals(known.Fingerprint, used.Fingerprint):
                metrics.Replayed();
                return answer with { IsReplay = true };

            case { Answer: not null }:
                metrics.Reused();
                return Problems.IdempotencyKeyReused.Result("This key was used with another payload. A new intention needs a new key.");

            case { IsOurs: false }:
                metrics.InProgress();
                return Problems.IdempotencyInProgress.Result("A request with this key is being worked on. Try again for its answer.");

            default:
                return await RunAsync(used, context);
        }
    }

    private async Task<object?> RunAsync(UsedKey used, EndpointFilterInvocationContext context)
    {
        var http = context.HttpContext;
        var services = http.RequestServices;
        var before = http.Response.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase);
        var result = await ResultAsync(context);
        UnitOfWorkFilter.RefuseStarted(http.Response);
        var status = UnitOfWorkFilter.StatusOf(result, http.Response);

        // A failure on our side is not the call's answer: the retry shall try again.
        if (status >= StatusCodes.Status500InternalServerError)
        {
            return result;
        }

        var answer = await StoredAnswer.RenderAsync(
            result, http, before, services.GetRequiredService<IOptions<IdempotencyOptions>>().Value.MaxAnswerSize);
        await services.GetRequiredService<IdempotencyStore>().StoreAsync(
            used, answer, isRefusal: status >= StatusCodes.Status400BadRequest, http.RequestAborted);

        // Here, since the unit of work would roll a refusal back, key and all.
        await services.GetRequiredService<UnitOfWork>().Current!.CommitAsync();
        services.GetRequiredService<IdempotencyMetrics>().Stored();

        return answer;
    }

    // A handler refuses by what it returns, or by what it lets through: a violated constraint, a lost race.
    private async ValueTask<object?> ResultAsync(EndpointFilterInvocationContext context)
    {
        var http = context.HttpContext;
        var exceptions = http.RequestServices.GetRequiredService<ExceptionProblems>();

        try
        {
            return await next(context);
        }
        catch (Exception exception) when (!http.Response.HasStarted && exceptions.RefusalOf(exception, http.GetEndpoint()) is { } refusal)
        {
            // What it said of a success that did not come about is taken back, as the exception handler would.
            http.Response.Clear();

            return TypedResults.Problem(refusal);
        }
    }
}
