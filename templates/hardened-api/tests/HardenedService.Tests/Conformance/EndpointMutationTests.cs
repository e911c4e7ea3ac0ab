using System.ComponentModel.DataAnnotations;
using HardenedService.Operations.Readiness;
using HardenedService.Platform;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace HardenedService.Tests.Conformance;

/// <summary>A rule that finds nothing may look at nothing: each is shown a bad endpoint here, and must name it and say what to do.</summary>
public sealed class EndpointMutationTests(EndpointMutationTests.BadEndpoints bad) : IClassFixture<EndpointMutationTests.BadEndpoints>
{
    private static readonly HashSet<string> Anonymous = [.. AnonymousEndpoints.All, "GET /v1/gone"];

    public static TheoryData<string, string> Mutations() => new()
    {
        { "GET /v1/nobody-said", "does not say who may call it" },
        { "GET /v1/open", "is open to everyone" },
        { "GET /v1/gone", "there is no such open endpoint" },
        { "GET /internal", "answers on the public port outside of the API" },
        { "GET /v1/managed", "belongs to the API, but answers on the management port" },
        { "GET /v1/unlimited", "asks for no rate limit" },
        { "GET /v1/nobody-said", "does not document the problems of the pipeline" },
        { "GET /v1/authorized", "without documenting the 401" },
        { "POST /v1/scattered", "changes something outside of a unit of work" },
        { "POST /v1/unvalidated", "does not validate its request" },
        { "Hidden", "is read from a request but not public" },
        { "Item", "is read from a request but not public" },
        { "Hidden.Text", "takes text of any length" },
        { "Item.Text", "takes text of any length" },
        { "(search)", "takes text of any length" },
    };

    [Theory]
    [MemberData(nameof(Mutations))]
    public void A_bad_endpoint_is_named(string name, string fault)
    {
        Assert.Single(bad.Violations, violation => violation.Contains($"{name} ", StringComparison.Ordinal) && violation.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void A_good_endpoint_is_let_through() =>
        Assert.DoesNotContain(bad.Violations, violation => violation.Contains("Good", StringComparison.OrdinalIgnoreCase));

    public sealed class BadEndpoints : IDisposable
    {
        private readonly ApiHost _host = ApiHost.Start(ApiHost.NoDatabase, configure: TestEndpoints.Beside(Map));

        public BadEndpoints()
        {
            var endpoints = EndpointConformanceTests.Of(_host);
            Violations =
            [
                .. EndpointRules.Authorization(endpoints, Anonymous),
                .. EndpointRules.Ports(endpoints),
                .. EndpointRules.RateLimits(endpoints),
                .. EndpointRules.DocumentedProblems(endpoints),
                .. EndpointRules.UnitsOfWork(endpoints),
                .. EndpointRules.Validation(endpoints),
                .. RequestRules.Public(endpoints),
                .. RequestRules.BoundedTexts(endpoints),
            ];
        }

        public IReadOnlyList<string> Violations { get; }

        public void Dispose() => _host.Dispose();
    }

    private static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/internal", Nothing).RequireSession();
        endpoints.MapGet("/v1/nobody-said", Nothing);
        endpoints.MapPost("/v1/scattered", Nothing).RequireSession();

        var v1 = endpoints.MapApi("/v1");
        v1.MapGet("/open", Nothing).AllowAnonymous();
        v1.MapGet("/managed", Nothing).RequireManagementPort();
        v1.MapGet("/unlimited", Nothing).DisableRateLimiting();
        v1.MapPost("/unvalidated", (Good _) => TypedResults.NoContent()).DisableValidation();
        v1.MapPost("/hidden", (Hidden _) => TypedResults.NoContent());
        v1.MapGet("/search", (string search) => search);
        v1.MapPost("/good", (Good _) => TypedResults.NoContent());
        endpoints.MapGet("/v1/authorized", Nothing).RequireAuthorization();
    }

    private static NoContent Nothing() => TypedResults.NoContent();

    public sealed record Good([property: Required, MaxLength(10)] string Text, [property: MaxLength(3)] IReadOnlyList<int> Numbers);

    private sealed record Hidden(string Text, IReadOnlyList<Item> Items);

    private sealed record Item(string Text);
}
