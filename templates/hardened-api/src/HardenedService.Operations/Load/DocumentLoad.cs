using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace HardenedService.Operations.Load;

/// <summary>What people do with documents.</summary>
internal static class DocumentLoad
{
    private const int Size = 4 * 1024;

    public static LoadOperation Upload { get; } = new("upload", 8, Make) { Succeeded = Remember };

    // Of those that they have made. Whoever has none at hand, at first or because all are being changed, makes one.
    public static LoadOperation Change { get; } = new("write", 20, (user, random) => user.Records.TryDequeue(out var record) ? Rename(user, record, random) : Make(user, random)) { Succeeded = Remember };

    private static HttpRequestMessage Make(LoadUser user, Random random)
    {
        // A page of text. Each differs, so that nothing that knows it again can spare itself the work.
        var title = Title(random);
        var file = new ByteArrayContent(Encoding.ASCII.GetBytes(title.PadRight(Size, '.')));
        file.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/documents")
        {
            Content = new MultipartFormDataContent { { new StringContent(title), "title" }, { file, "file", "load-test.txt" } },
            Headers = { { "Idempotency-Key", $"{Guid.NewGuid()}" } },
        };

        return LoadOperations.As(user, request);
    }

    private static HttpRequestMessage Rename(LoadUser user, LoadRecord record, Random random)
    {
        var request = new HttpRequestMessage(HttpMethod.Patch, record.Path) { Content = JsonContent.Create(new { title = Title(random) }) };
        request.Headers.IfMatch.Add(record.Version);

        return LoadOperations.As(user, request);
    }

    private static void Remember(LoadUser user, HttpResponseMessage response)
    {
        if (response.Headers.ETag is { } version)
        {
            user.Records.Enqueue(new(response.Headers.Location?.OriginalString ?? response.RequestMessage!.RequestUri!.AbsolutePath, version));
        }
    }

    private static string Title(Random random) => $"Load test {random.NextInt64():x16}";
}
