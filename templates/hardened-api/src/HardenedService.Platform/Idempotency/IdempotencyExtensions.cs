using HardenedService.Platform.Configuration;
using HardenedService.Platform.Errors;
using HardenedService.Platform.OpenApi;
using HardenedService.Platform.Privacy;
using HardenedService.Platform.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.Idempotency;

/// <summary>The endpoint asks for an Idempotency-Key.</summary>
internal sealed record IdempotencyKeyMetadata;

/// <summary>Idempotency keys on the route table.</summary>
public static class IdempotencyExtensions
{
    /// <summary>
    /// The call happens once for each Idempotency-Key (draft-ietf-httpapi-idempotency-key-header), however often and from wherever it
    /// is sent. The key, the effect and the answer are committed together; a retry with the same payload gets the stored status,
    /// headers and body, with <c>Idempotency-Replayed: true</c>. A refusal of the handler's own (4xx), returned or thrown, is stored too,
    /// and its effects are not. Keys belong to a person, a method and a path, however it is spelled. The answer is stored as it is: it
    /// must hold no secret, and be small.
    /// </summary>
    /// <remarks>
    /// The payload is the query, and the JSON body or <see cref="IIdempotentPayload"/> that the handler takes as a parameter, or the fields and files of a form. The
    /// service refuses to start with a route that nobody signed in can call, that opens its own transactions, that is safe, or whose
    /// payload cannot be compared.
    /// </remarks>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder RequireIdempotencyKey<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(endpoint =>
        {
            endpoint.FilterFactories.Insert(0, (_, next) => IdempotencyFilter.RequireKey(next));
            endpoint.FilterFactories.Add((factory, next) => IdempotencyFilter.Create(endpoint, factory, next));
        });

        return endpoints
            .WithMetadata(new IdempotencyKeyMetadata())
            .NeedsHeader(IdempotencyKey.Header, "What makes a retry the same request: drawn anew for each thing that shall happen once.", IdempotencyKey.Pattern, IdempotencyKey.Example)
            .SendsHeader(StoredAnswer.ReplayedHeader, "`true` when the answer is that to an earlier request with this key.")
            .Answers(
                Problems.IdempotencyKeyMissing, Problems.IdempotencyKeyInvalid, Problems.IdempotencyInProgress, Problems.IdempotencyKeyReused);
    }

    internal static void AddIdempotency(this WebApplicationBuilder builder)
    {
        builder.AddOptions<IdempotencyOptions>(IdempotencyOptions.Section);
        builder.Services.AddScoped<IdempotencyStore>();
        builder.Services.AddSingleton<IdempotencyMetrics>();
        builder.AddPersonalData<IdempotencyKeyData>();
        builder.MapConstraint("idempotency_keys_user_id_fkey", Problems.Unauthenticated, "The account was deleted in the meantime.");
        builder.AddSweep(_ => Sweep.Ended("idempotency_keys", "platform.idempotency_keys", "expires_at"));
    }
}
