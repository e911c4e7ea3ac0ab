using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Documents;

/// <summary>What tests do to documents.</summary>
internal static class DocumentCalls
{
    public const string Path = "/v1/documents";

    public static readonly byte[] Pdf = [.. "%PDF-1.7\n"u8, 0, 1, 2, 0xFF];

    /// <summary>A form with a title and a file.</summary>
    public static MultipartFormDataContent Form(byte[] file, string fileName = "report.pdf", string title = "A report") =>
        new() { { new StringContent(title), "title" }, { new ByteArrayContent(file), "file", fileName } };

    /// <summary>Uploads something, under a key of its own unless one is given; null sends none.</summary>
    public static Task<HttpResponseMessage> UploadAsync(this ApiFixture api, string token, HttpContent form, string? key = "") =>
        NotesFixture.SendAsync(api.Client, token, HttpMethod.Post, Path, form, ("Idempotency-Key", key == "" ? NotesFixture.New() : key));

    /// <summary>A document that was uploaded and has not been scanned.</summary>
    public static async Task<(Guid Id, long Version)> NewDocumentAsync(this ApiFixture api, string token, byte[]? file = null)
    {
        using var answer = await api.UploadAsync(token, Form(file ?? Pdf));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var document = await answer.JsonAsync();

        return (document.GetProperty("id").GetGuid(), document.GetProperty("version").GetInt64());
    }

    /// <summary>As the scanner would have it.</summary>
    public static Task IsCleanAsync(this ApiFixture api, Guid id) => api.ScalarAsync<int>(
        "update documents.documents set status = 'clean', scanned_at = now() where id = $1 returning 1", id);

    public static Task<HttpResponseMessage> ChangeAsync(
        this ApiFixture api, string token, HttpMethod method, Guid id, string? ifMatch, string title = "Another title") =>
        NotesFixture.SendAsync(
            api.Client, token, method, $"{Path}/{id}", method == HttpMethod.Delete ? null : JsonContent.Create(new { title }), ("If-Match", ifMatch));
}
