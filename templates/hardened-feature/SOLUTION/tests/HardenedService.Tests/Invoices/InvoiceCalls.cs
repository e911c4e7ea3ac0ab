using System.Net;
using System.Net.Http.Json;
using HardenedService.Platform.Preconditions;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Invoices;

/// <summary>What people do with the invoices.</summary>
internal static class InvoiceCalls
{
    public const string Path = "/v1/invoices";

    /// <summary>Creates one. Without a key, the call has one of its own.</summary>
    public static Task<HttpResponseMessage> CreateInvoiceAsync(this ApiFixture api, StoredMember member, object body, string? key = null) =>
        NotesFixture.SendAsync(api.Client, member.Token, HttpMethod.Post, Path, JsonContent.Create(body), ("Idempotency-Key", key ?? NotesFixture.New()));

    /// <summary>The id of a new one.</summary>
    public static async Task<Guid> NewInvoiceAsync(this ApiFixture api, StoredMember member, string title = "A title")
    {
        var answer = await api.CreateInvoiceAsync(member, new { title });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);

        return (await answer.JsonAsync()).GetProperty("id").GetGuid();
    }

    public static Task<HttpResponseMessage> GetInvoiceAsync(this ApiFixture api, StoredMember member, Guid id) =>
        api.SendAsync(HttpMethod.Get, $"{Path}/{id}", member.Token);

    public static Task<HttpResponseMessage> ListInvoicesAsync(this ApiFixture api, StoredMember member, string query = "") =>
        api.SendAsync(HttpMethod.Get, $"{Path}{query}", member.Token);

    /// <summary>Changes one, based on a version; null sends no If-Match.</summary>
    public static Task<HttpResponseMessage> ChangeInvoiceAsync(this ApiFixture api, StoredMember member, Guid id, object body, long? version = 1) =>
        NotesFixture.SendAsync(api.Client, member.Token, HttpMethod.Patch, $"{Path}/{id}", JsonContent.Create(body), ("If-Match", Tag(version)));

    /// <summary>Deletes one, based on a version; null sends no If-Match.</summary>
    public static Task<HttpResponseMessage> DeleteInvoiceAsync(this ApiFixture api, StoredMember member, Guid id, long? version = 1) =>
        NotesFixture.SendAsync(api.Client, member.Token, HttpMethod.Delete, $"{Path}/{id}", content: null, ("If-Match", Tag(version)));

    private static string? Tag(long? version) => version is { } known ? ETag.Of(known) : null;
}
