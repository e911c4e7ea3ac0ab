using System.Net;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace HardenedService.Tests.Auditing;

/// <summary>A record stands or falls with what it tells of; a refusal stands by itself.</summary>
public sealed class AuditTrailTests : IClassFixture<ApiFixture>, IDisposable
{
    private readonly ApiFixture _api;
    private readonly ApiHost _host;

    public AuditTrailTests(ApiFixture api)
    {
        _api = api;
        _host = api.StartAnother(configure: TestEndpoints.Add(test =>
        {
            test.MapPost("/work", WorkAsync);
            test.MapPost("/own", OwnAsync).OpensOwnTransactions();
        }));
    }

    public void Dispose() => _host.Dispose();

    [Theory]
    [Wall("I3")]
    [InlineData("/test/work", "", HttpStatusCode.NoContent, 1)]
    [InlineData("/test/work", "refuse", HttpStatusCode.Conflict, 0)]
    [InlineData("/test/work", "throw", HttpStatusCode.InternalServerError, 0)]
    [InlineData("/test/own", "", HttpStatusCode.NoContent, 1)]
    [InlineData("/test/own", "forget", HttpStatusCode.NoContent, 0)]
    public async Task What_was_rolled_back_left_no_record(string path, string what, HttpStatusCode status, int records)
    {
        var subject = Guid.NewGuid();

        Assert.Equal(status, await PostAsync(path, what, subject));
        Assert.Equal(records, await CountAsync(subject, "success"));
    }

    [Fact]
    [Wall("I3")]
    public async Task A_refusal_is_recorded_though_what_was_tried_is_rolled_back()
    {
        var subject = Guid.NewGuid();

        Assert.Equal(HttpStatusCode.Conflict, await PostAsync("/test/own", "refuse", subject));
        Assert.Equal(1, await CountAsync(subject, "refused"));
        Assert.Equal(0, await CountAsync(subject, "success"));
    }

    [Theory]
    [InlineData("/test/own", "apart, in a transaction")]
    [InlineData("/test/own", "outside")]
    [InlineData("/test/own", "of an organization")]
    public async Task A_record_that_would_belong_to_nothing_is_a_mistake(string path, string what)
    {
        var subject = Guid.NewGuid();

        Assert.Equal(HttpStatusCode.InternalServerError, await PostAsync(path, what, subject));
        Assert.Equal(0, await CountAsync(subject, "success") + await CountAsync(subject, "refused"));
    }

    private static async Task<IResult> WorkAsync(string what, Guid subject, AuditTrail audit, CancellationToken cancel)
    {
        await audit.WriteAsync(new(AuditActions.AccountExported, subject), cancel);

        return what switch
        {
            "refuse" => Problems.Conflict.Result(),
            "throw" => throw new InvalidOperationException("The handler failed."),
            _ => TypedResults.NoContent(),
        };
    }

    private static async Task<IResult> OwnAsync(string what, Guid subject, AuditTrail audit, UnitOfWork work, CancellationToken cancel)
    {
        var entry = new AuditEntry(AuditActions.AccountExported, subject);

        if (what == "outside")
        {
            await audit.WriteAsync(entry, cancel);
        }

        await using var transaction = await work.BeginAsync(cancel);

        if (what == "apart, in a transaction")
        {
            await audit.WriteApartAsync(entry);
        }

        await audit.WriteAsync(what == "of an organization" ? entry with { Action = AuditActions.MemberJoined } : entry, cancel);

        if (what == "refuse")
        {
            await transaction.DisposeAsync();
            await audit.WriteApartAsync(entry);

            return Problems.Conflict.Result();
        }

        if (what != "forget")
        {
            await transaction.CommitAsync();
        }

        return TypedResults.NoContent();
    }

    private async Task<HttpStatusCode> PostAsync(string path, string what, Guid subject)
    {
        var (_, token) = await _host.NewPersonAsync(_api.Database);

        return (await NotesFixture.SendAsync(_host.Public, token, HttpMethod.Post, $"{path}?what={Uri.EscapeDataString(what)}&subject={subject}", null)).StatusCode;
    }

    private Task<long> CountAsync(Guid subject, string outcome) =>
        _api.ScalarAsync<long>("select count(*) from audit.records where subject_id = $1 and outcome = $2", subject, outcome);
}
