using System.Net;
using System.Text.Json;
using HardenedService.Api.Documents.Scanning;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Documents;

public sealed class ScanTests(ReviewFixture world) : IClassFixture<ReviewFixture>
{
    private static readonly string Large = string.Concat(Enumerable.Repeat("All work and no play makes Jack a dull boy.\n", 40_000));

    /// <summary>Failures that say nothing of the file.</summary>
    public static TheoryData<string> Failures => ["garbage", "error", "no end", "too long", "close", "reset", "hang"];

    [Fact]
    public async Task The_scanner_sees_all_of_a_document_which_can_then_be_had()
    {
        var tenant = await world.NewTenantAsync();
        var id = await world.CleanDocumentAsync(tenant, Large);

        Assert.Contains(Large, world.Scanner.Scanned);
        Assert.Equal(HttpStatusCode.OK, (await world.SendAsync(tenant, HttpMethod.Get, $"/v1/documents/{id}/content")).StatusCode);

        // The ETag that the upload was answered with still holds.
        Assert.Equal(1, (await world.DocumentAsync(tenant, id)).GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task A_virus_takes_the_bytes_with_it_and_leaves_a_line_in_the_log()
    {
        var tenant = await world.NewTenantAsync();
        var id = await world.UploadAsync(tenant, ScannerServer.Eicar);
        var found = await world.ScannedAsync(tenant, id);

        Assert.Equal(("infected", 2), (found.GetProperty("status").GetString(), found.GetProperty("version").GetInt32()));
        Assert.Equal(HttpStatusCode.Conflict, (await world.SendAsync(tenant, HttpMethod.Get, $"/v1/documents/{id}/content")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await world.AskAsync(tenant, id)).StatusCode);
        Assert.Equal(0L, await world.SqlAsync($"select count(*) from documents.files where organization_id = '{tenant.OrganizationId}'"));
        await Eventually.HoldsAsync(() => Warnings(id).Count == 1, "the warning");
        Assert.Equal($"Document {id} has a virus, Eicar-Test-Signature: its bytes were deleted", Warnings(id)[0]);
    }

    [Fact]
    public async Task What_the_scanner_calls_a_virus_cannot_write_into_the_log()
    {
        world.Scanner.Next.Enqueue(ScannerServer.Says("stream: Evil\r\n2026 all is well \u001b[31m" + new string('x', 300) + " FOUND\0"));
        var id = await world.UploadAsync(await world.NewTenantAsync());

        await Eventually.HoldsAsync(() => Warnings(id).Count == 1, "the warning");
        Assert.StartsWith($"Document {id} has a virus, Evil__2026_all_is_well___31mxxx", Warnings(id)[0], StringComparison.Ordinal);
        Assert.InRange(Warnings(id)[0].Length, 100, 230);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_scanner_that_fails_is_asked_again(string failure)
    {
        world.Scanner.Next.Enqueue(failure switch
        {
            "garbage" => ScannerServer.Says("HTTP/1.1 400 Bad Request\0"),
            "error" => ScannerServer.Says("stream: Can't allocate memory ERROR\0"),
            "no end" => ScannerServer.Says("stream: OK"),
            "too long" => ScannerServer.Says("stream: " + new string('x', 5000) + " OK\0"),
            "close" => ScannerServer.Close,
            "reset" => ScannerServer.Reset,
            _ => ScannerServer.Hang,
        });
        var calls = world.Scanner.Calls;

        await world.CleanDocumentAsync(await world.NewTenantAsync(), failure == "close" ? Large : $"A text, and {failure}.");

        Assert.InRange(world.Scanner.Calls, calls + 2, calls + 3);
    }

    [Theory]
    [InlineData("INSTREAM size limit exceeded. ERROR\0")]
    [InlineData("stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0")]
    public async Task A_document_that_is_too_much_for_the_scanner_is_unscannable_at_once(string reply)
    {
        world.Scanner.Next.Enqueue(ScannerServer.SaysAtOnce(reply));
        var (tenant, calls) = (await world.NewTenantAsync(), world.Scanner.Calls);
        var id = await world.UploadAsync(tenant, Large);
        var found = await world.ScannedAsync(tenant, id);

        Assert.Equal(("unscannable", 2), (found.GetProperty("status").GetString(), found.GetProperty("version").GetInt32()));
        Assert.Equal(calls + 1, world.Scanner.Calls);
        Assert.Equal(HttpStatusCode.Conflict, (await world.SendAsync(tenant, HttpMethod.Get, $"/v1/documents/{id}/content")).StatusCode);
        Assert.Empty(Warnings(id));
    }

    [Fact]
    public async Task A_message_that_comes_fourteen_times_at_once_has_one_effect()
    {
        var (reached, told) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Scanner.Next.Enqueue(ScannerServer.Waits(reached, told.Task, "stream: OK\0"));
        var tenant = await world.NewTenantAsync();
        var id = await world.UploadAsync(tenant, ScannerServer.Eicar);
        await reached.Task;

        await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => DeliverAsync(tenant.OrganizationId, id)));
        told.SetResult();
        await world.DeliveredAsync();
        await DeliverAsync(tenant.OrganizationId, id);

        var found = await world.DocumentAsync(tenant, id);
        Assert.Equal(("infected", 2), (found.GetProperty("status").GetString(), found.GetProperty("version").GetInt32()));
        Assert.Single(Warnings(id));
    }

    [Theory]
    [InlineData("stream: Eicar-Test-Signature FOUND\0")]
    [InlineData("garbage\0")]
    public async Task A_document_that_is_deleted_while_it_is_scanned_is_gone_and_no_error(string reply)
    {
        var (reached, told) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Scanner.Next.Enqueue(ScannerServer.Waits(reached, told.Task, reply));
        var tenant = await world.NewTenantAsync();
        var id = await world.UploadAsync(tenant);
        await reached.Task;
        await world.DeleteAsync(tenant, id);
        told.SetResult();

        await world.DeliveredAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await world.SendAsync(tenant, HttpMethod.Get, $"/v1/documents/{id}")).StatusCode);
        Assert.Empty(Warnings(id));
        Assert.Equal("", await world.LastErrorAsync());
    }

    private List<string> Warnings(Guid id) =>
        [.. world.Log.Records.Where(record => record.Level >= LogLevel.Warning && record.Message.Contains($"{id}", StringComparison.Ordinal)).Select(record => record.Message)];

    private Task DeliverAsync(Guid organizationId, Guid documentId) => world.Api.Services.GetRequiredService<ScanDelivery>().DeliverAsync(
        Guid.NewGuid(), JsonSerializer.SerializeToUtf8Bytes(new ScanMessage(organizationId, documentId)), TestContext.Current.CancellationToken);
}
