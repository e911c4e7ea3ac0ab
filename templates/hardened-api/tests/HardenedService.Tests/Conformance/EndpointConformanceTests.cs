using System.Net;
using HardenedService.Operations.Readiness;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Conformance;

/// <summary>The rules, applied to the endpoints of this service. A failing one says what to do.</summary>
public sealed class EndpointConformanceTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private IReadOnlyList<RouteEndpoint> Endpoints => Of(api.Api);

    [Fact]
    [Wall("E4")]
    public void Every_endpoint_asks_for_a_session_or_stands_on_the_anonymous_list() =>
        Holds(EndpointRules.Authorization(Endpoints, AnonymousEndpoints.All));

    [Fact]
    [Wall("E4")]
    public async Task Every_endpoint_off_the_anonymous_list_refuses_a_stranger()
    {
        var closed = Endpoints.Where(endpoint => !AnonymousEndpoints.All.Contains(EndpointRules.NameOf(endpoint))).ToList();
        Assert.NotEmpty(closed);

        foreach (var endpoint in closed)
        {
            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods)
            {
                using var request = new HttpRequestMessage(HttpMethod.Parse(method), PathOf(endpoint));
                await Problem.IsAsync(await api.Client.SendAsync(request), HttpStatusCode.Unauthorized, "unauthenticated");
            }
        }
    }

    [Fact]
    [Wall("J3")]
    public void Every_endpoint_outside_of_the_api_answers_on_the_management_port() => Holds(EndpointRules.Ports(Endpoints));

    [Fact]
    public void Every_endpoint_has_a_rate_limit() => Holds(EndpointRules.RateLimits(Endpoints));

    [Fact]
    [Wall("H5")]
    public async Task Every_endpoint_counts_towards_the_limit_of_a_person()
    {
        using var host = api.StartAnother(
            settings: new Dictionary<string, string> { ["RateLimits:PerUser:Burst"] = "1", ["RateLimits:PerUser:PerMinute"] = "1" });
        var token = await api.NewSessionAsync(await api.NewPersonAsync());
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, "/v1/account"));

        foreach (var endpoint in EndpointRules.OfApi(Endpoints))
        {
            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods)
            {
                Assert.Equal((endpoint.DisplayName, HttpStatusCode.TooManyRequests), (endpoint.DisplayName, await StatusAsync(HttpMethod.Parse(method), PathOf(endpoint))));
            }
        }

        async Task<HttpStatusCode> StatusAsync(HttpMethod method, string path)
        {
            using var request = new HttpRequestMessage(method, path) { Headers = { Authorization = new("Bearer", token) } };

            return (await host.Public.SendAsync(request)).StatusCode;
        }
    }

    [Fact]
    public void Every_endpoint_documents_its_problems() => Holds(EndpointRules.DocumentedProblems(Endpoints));

    [Fact]
    public void Every_unsafe_endpoint_runs_in_a_unit_of_work() => Holds(EndpointRules.UnitsOfWork(Endpoints));

    [Fact]
    public void Every_endpoint_validates_its_request() => Holds(EndpointRules.Validation(Endpoints));

    [Fact]
    public void Every_request_record_is_public() => Holds(RequestRules.Public(Endpoints));

    [Fact]
    public void Every_text_of_a_request_is_bounded() => Holds(RequestRules.BoundedTexts(Endpoints));

    internal static IReadOnlyList<RouteEndpoint> Of(ApiHost host) =>
        [.. host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    private static void Holds(IEnumerable<string> violations) => Assert.True(!violations.Any(), string.Join('\n', violations));

    // Any value will do: who has no session does not get as far as it.
    private static string PathOf(RouteEndpoint endpoint) =>
        endpoint.RoutePattern.Parameters.Aggregate(
            $"/{endpoint.RoutePattern.RawText!.TrimStart('/')}",
            (path, parameter) => path
                .Replace($"{{{parameter.Name}:guid}}", $"{Guid.Empty}", StringComparison.Ordinal)
                .Replace($"{{{parameter.Name}}}", "1", StringComparison.Ordinal));
}
