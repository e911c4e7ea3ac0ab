using HardenedService.Platform.Data;
using HardenedService.Platform.Idempotency;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace HardenedService.Tests.Idempotency;

/// <summary>Where a key can be asked for.</summary>
[Wall("H1")]
public sealed class IdempotencyRouteTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    internal sealed record Parts(NoteRequest Body);

    [Fact]
    public void A_route_that_cannot_hold_its_promise_stops_the_start()
    {
        (Action<RouteGroupBuilder> Map, string Reason)[] routes =
        [
            (v1 => v1.MapPost("/open", () => "").AllowAnonymous().RequireIdempotencyKey(), "belongs to a person"),
            (v1 => v1.MapPost("/open", () => "").RequireIdempotencyKey().AllowAnonymous(), "belongs to a person"),
            (v1 => v1.MapPost("/own", () => "").RequireIdempotencyKey().OpensOwnTransactions(), "share one transaction"),
            (v1 => v1.MapGet("/safe", () => "").RequireIdempotencyKey(), "safe method"),
            (v1 => v1.MapPost("/stream", (Stream body) => "").RequireIdempotencyKey(), "payloads are compared"),
            (v1 => v1.MapPost("/parts", ([AsParameters] Parts parts) => "").RequireIdempotencyKey(), "payloads are compared"),
        ];

        foreach (var (map, reason) in routes)
        {
            var refusal = Assert.Throws<InvalidOperationException>(
                () => api.StartAnother(configure: TestEndpoints.Add(map, "/v1")));
            Assert.Contains(reason, refusal.Message);
        }
    }
}
