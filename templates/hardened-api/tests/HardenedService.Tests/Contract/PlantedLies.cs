using System.ComponentModel.DataAnnotations;
using HardenedService.Platform;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Idempotency;
using HardenedService.Platform.OpenApi;
using HardenedService.Platform.Paging;
using HardenedService.Platform.Preconditions;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace HardenedService.Tests.Contract;

/// <summary>The API with endpoints that are not what they say they are, one way each, and some that are.</summary>
public sealed class PlantedLies(PostgresServer postgres) : IAsyncLifetime
{
    private readonly ApiFixture _api = new(postgres);
    private ApiHost? _host;

    public async ValueTask InitializeAsync()
    {
        await _api.InitializeAsync();
        _host = ApiHost.Start(
            _api.Database.AppConnectionString,
            _api.SmtpPort,
            configure: TestEndpoints.Beside(endpoints => Map(endpoints.MapApi("/v1/planted").WithTags("Planted"))));
    }

    /// <summary>What the run says of some of the planted endpoints.</summary>
    public async Task<IReadOnlyList<string>> ViolationsAsync(string operationId)
    {
        var run = await ContractRun.OfAsync(_api, _host!);

        return (await run.RunAsync([], operation => operation.Id.StartsWith(operationId, StringComparison.Ordinal))).Violations;
    }

    public async ValueTask DisposeAsync()
    {
        _host?.Dispose();
        await _api.DisposeAsync();
    }

    private static void Map(RouteGroupBuilder planted)
    {
        planted.MapGet("/honest", () => TypedResults.Ok(new Answer("name", 1))).WithName("honest");
        planted.MapGet("/honest/{id:guid}", (Guid id) => TypedResults.Ok(new Answer($"{id}", 1))).WithName("honestPath");
        planted.MapGet("/honest/page", ([AsParameters] PageRequest page) => TypedResults.Ok(new Answer($"{page.Cursor}", page.Size))).WithName("honestQuery");
        planted.MapPost("/honest/idempotent", () => TypedResults.NoContent()).RequireIdempotencyKey().WithName("honestIdempotent");
        planted.MapPut("/honest/match", Matched).RequireIfMatch().SendsHeader(StatusCodes.Status200OK, "ETag", "The version.").WithName("honestMatch");
        planted.MapPost("/honest/key", Keyed).NeedsHeader("Planted-Key", "Any letters.", "^[a-z]+$", "key").WithName("honestHeader");

        planted.MapGet("/status", Conflict).WithName("status");
        planted.MapGet("/code", Conflict).Answers(Problems.IdempotencyInProgress).WithName("code");
        planted.MapGet("/member", () => Results.Json(new { name = "name", count = 1, secret = "of the inside" })).Produces<Answer>().WithName("member");
        planted.MapGet("/missing", () => Results.Json(new { name = "name" })).Produces<Answer>().WithName("missing");
        planted.MapGet("/type", () => Results.Json(new { name = "name", count = "1" })).Produces<Answer>().WithName("type");
        planted.MapGet("/null", () => Results.Json(new { name = (string?)null, count = 1 })).Produces<Answer>().WithName("null");
        planted.MapGet("/media", () => Results.Text("name")).Produces<Answer>().WithName("media");
        planted.MapGet("/body", () => Results.Text("name")).Produces(StatusCodes.Status200OK).WithName("body");
        planted.MapGet("/header", Tagged).WithName("header");
        planted.MapPost("/fault", Fault).Produces(StatusCodes.Status204NoContent).WithName("fault");
        planted.MapPost("/refusal", (Unbounded _) => Problems.ValidationFailed.Result()).WithName("refusal");
        planted.MapPost("/key", () => TypedResults.NoContent()).NeedsHeader("Planted-Key", "Any letters.", "^[a-z]+$", "key").WithName("key");
        planted.MapGet("/hidden", () => TypedResults.NoContent()).WithName("hidden");
        planted.MapPut("/hidden", () => TypedResults.NoContent()).ExcludeFromDescription();

        // As if the validation generator had passed over the record: what it asks for is documented, and nobody checks it.
        planted.MapPost("/limit", (Bounded request) => TypedResults.Ok(new Answer(request.Text, 1))).DisableValidation().WithName("limit");
    }

    private static Results<NoContent, ProblemHttpResult> Keyed(HttpRequest request) =>
        request.Headers["Planted-Key"] is [{ Length: > 0 }] ? TypedResults.NoContent() : Problems.MalformedRequest.Result();

    private static Results<NoContent, ProblemHttpResult> Conflict() => Problems.Conflict.Result();

    private static Ok<Answer> Matched(IfMatch expected, HttpResponse response)
    {
        ETag.Set(response, expected.Versions[0] + 1);
        return TypedResults.Ok(new Answer("matched", 1));
    }

    private static IResult Fault(Bounded request) =>
        request.Text.Length > 10_000 ? Results.StatusCode(StatusCodes.Status418ImATeapot) : Results.NoContent();

    private static NoContent Tagged(HttpResponse response)
    {
        response.Headers.ETag = "\"1\"";
        return TypedResults.NoContent();
    }

    internal sealed record Answer(string Name, int Count);

    internal sealed record Bounded([property: Required, MaxLength(10)] string Text);

    internal sealed record Unbounded(string Text);
}
