using System.Net.Http.Headers;
using System.Text;

namespace HardenedService.Operations.Load;

/// <summary>What people do with documents.</summary>
internal static class DocumentLoad
{
    private const int Size = 4 * 1024;

    // A page of text. Each differs, so that nothing that knows it again can spare itself the work.
    public static LoadOperation Upload { get; } = new("upload", 8, (user, random) =>
    {
        var title = $"Load test {random.NextInt64():x16}";
        var file = new ByteArrayContent(Encoding.ASCII.GetBytes(title.PadRight(Size, '.')));
        file.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/documents")
        {
            Content = new MultipartFormDataContent { { new StringContent(title), "title" }, { file, "file", "load-test.txt" } },
            Headers = { { "Idempotency-Key", $"{Guid.NewGuid()}" } },
        };

        return LoadOperations.As(user, request);
    });
}
