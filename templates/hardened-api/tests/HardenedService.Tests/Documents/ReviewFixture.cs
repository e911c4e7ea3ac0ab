using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using HardenedService.Tests.Outbound;
using HardenedService.Tests.Tenancy;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Documents;

/// <summary>The API with a virus scanner and a reviewer that tests steer. What failed is tried again at once, and what is stuck is soon found.</summary>
public sealed class ReviewFixture(PostgresServer postgres) : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;

    public ApiHost Api { get; private set; } = null!;

    internal ScannerServer Scanner { get; } = new();

    internal FaultyServer Reviewer { get; } = FaultyServer.Start();

    internal LogRecorder Log { get; } = new();

    internal Dictionary<string, string> Settings => new()
    {
        ["Scanner:Port"] = $"{Scanner.Port}",
        ["Outbound:Scanner:AttemptTimeout"] = "00:00:02",
        ["Outbound:Scanner:FirstRetry"] = "00:00:00",
        ["Outbound:Scanner:BreakerMinimumAttempts"] = "100000",
        ["Outbound:Reviewer:BaseAddress"] = $"{Reviewer.Address}",
        ["Outbound:Reviewer:AttemptTimeout"] = "00:00:04",
        ["Outbound:Reviewer:BreakerMinimumAttempts"] = "100000",
        ["Reviews:ApiKey"] = "the key of this deployment",
        ["Outbox:FirstRetry"] = "00:00:00.020",
        ["Outbox:LongestRetry"] = "00:01:00",
        ["Outbox:MaxAttempts"] = "1000",
        ["Sweeps:Interval"] = "00:00:00.050",
    };

    public async ValueTask InitializeAsync()
    {
        Database = await postgres.CreateDatabaseAsync();
        Api = ApiHost.Start(
            Database.AppConnectionString,
            settings: Settings,
            configure: host => host.ConfigureTestServices(services => services.AddSingleton<ILoggerProvider>(Log)));
    }

    internal Task<Tenant> NewTenantAsync() => Database.NewTenantAsync();

    internal async Task<HttpResponseMessage> SendAsync(
        Tenant tenant, HttpMethod method, string path, HttpContent? content = null, string? key = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tenant.Token);

        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (ifMatch is not null)
        {
            request.Headers.Add("If-Match", ifMatch);
        }

        return await Api.Public.SendAsync(request, TestContext.Current.CancellationToken);
    }

    internal Task<Guid> UploadAsync(Tenant tenant, string text = "A text.") => UploadAsync(Api.Public, tenant, text);

    internal static async Task<Guid> UploadAsync(HttpClient client, Tenant tenant, string text)
    {
        using var form = new MultipartFormDataContent { { new StringContent("A document"), "title" }, { new StringContent(text), "file", "a.txt" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/documents") { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tenant.Token);
        request.Headers.Add("Idempotency-Key", $"{Guid.NewGuid()}");
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);

        return (await answer.JsonAsync()).GetProperty("id").GetGuid();
    }

    internal async Task<JsonElement> DocumentAsync(Tenant tenant, Guid id) =>
        await (await SendAsync(tenant, HttpMethod.Get, $"/v1/documents/{id}")).JsonAsync();

    /// <summary>Waits until the document is no longer being scanned.</summary>
    internal async Task<JsonElement> ScannedAsync(Tenant tenant, Guid id)
    {
        JsonElement found = default;
        await Eventually.HoldsAsync(
            async () => (found = await DocumentAsync(tenant, id)).GetProperty("status").GetString() != "scanning", "the document to be scanned");

        return found;
    }

    internal async Task<Guid> CleanDocumentAsync(Tenant tenant, string text = "A text.")
    {
        var id = await UploadAsync(tenant, text);
        Assert.Equal("clean", (await ScannedAsync(tenant, id)).GetProperty("status").GetString());

        return id;
    }

    internal async Task DeleteAsync(Tenant tenant, Guid id)
    {
        using var answer = await SendAsync(tenant, HttpMethod.Delete, $"/v1/documents/{id}", ifMatch: "\"1\"");
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    internal Task<HttpResponseMessage> AskAsync(Tenant tenant, Guid documentId, string? key = null) =>
        SendAsync(tenant, HttpMethod.Post, $"/v1/documents/{documentId}/reviews", key: key ?? $"{Guid.NewGuid()}");

    /// <summary>Asks for a review.</summary>
    /// <returns>Its id.</returns>
    internal async Task<Guid> NewReviewAsync(Tenant tenant, Guid documentId)
    {
        using var answer = await AskAsync(tenant, documentId);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);

        return (await answer.JsonAsync()).GetProperty("id").GetGuid();
    }

    /// <summary>A review of a clean document of somebody new.</summary>
    internal async Task<(Tenant Tenant, Guid Document, Guid Review)> AskedAsync()
    {
        var tenant = await NewTenantAsync();
        var document = await CleanDocumentAsync(tenant);

        return (tenant, document, await NewReviewAsync(tenant, document));
    }

    internal Task<HttpResponseMessage> GetReviewAsync(Tenant tenant, Guid documentId, Guid reviewId) =>
        SendAsync(tenant, HttpMethod.Get, $"/v1/documents/{documentId}/reviews/{reviewId}");

    /// <summary>Waits until the review has ended.</summary>
    internal async Task<JsonElement> EndedAsync(Tenant tenant, Guid documentId, Guid reviewId)
    {
        JsonElement found = default;
        await Eventually.HoldsAsync(
            async () => (found = await (await GetReviewAsync(tenant, documentId, reviewId)).JsonAsync()).GetProperty("status").GetString() != "pending",
            "the review to end");

        return found;
    }

    /// <summary>The requests that the reviewer got for a review.</summary>
    internal List<ReceivedRequest> RequestsFor(Guid reviewId) =>
        [.. Reviewer.Requests.Where(request => request.Headers["Idempotency-Key"].Contains($"{reviewId}"))];

    internal Task<object?> SqlAsync(string sql) => Sql.RunAsync(Database.AdminConnectionString, sql);

    /// <summary>Nothing is left to be delivered.</summary>
    internal Task DeliveredAsync() => Eventually.HoldsAsync(
        async () => (long)(await SqlAsync("select count(*) from platform.outbox_messages where delivered_at is null"))! == 0, "the outbox to be empty");

    /// <summary>How the last message failed, if it did.</summary>
    internal async Task<string> LastErrorAsync() => (string)(await SqlAsync(
        "select coalesce(last_error, '') from platform.outbox_messages order by id desc limit 1"))!;

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        await Scanner.DisposeAsync();
        await Reviewer.DisposeAsync();
        await Database.DisposeAsync();
    }
}
