using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace HardenedStarter.Build.Trying;

/// <summary>What the sample is for: a text is uploaded, scanned for viruses, read, and reviewed by a system that takes its time.</summary>
internal sealed class DocumentWalk(ServiceClient service, Steps steps)
{
    private const string Documents = "/v1/documents";
    private const string Text = "Whoever signs this agrees to nothing. It was written to be read by nobody but machines.\n";

    private static readonly TimeSpan LongestScan = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestReview = TimeSpan.FromMinutes(2);

    private string _document = "";
    private string _review = "";

    public async Task RunAsync()
    {
        await steps.RunAsync($"POST {Documents} takes a file", UploadAsync);
        await steps.RunAsync($"GET {Documents}/{{id}} says that it is clean", ScanAsync);
        await steps.RunAsync($"GET {Documents}/{{id}}/content is the same file", ReadAsync);
        await steps.RunAsync($"POST {Documents}/{{id}}/reviews", BeginReviewAsync);
        await steps.RunAsync($"GET {Documents}/{{id}}/reviews/{{id}} has a summary", ReviewAsync);
    }

    private async Task UploadAsync()
    {
        using var form = new MultipartFormDataContent();
        form.Add(new StringContent("Terms"), "title");
        form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(Text)) { Headers = { ContentType = new MediaTypeHeaderValue("text/plain") } }, "file", "terms.txt");
        var uploaded = await service.CallOnceAsync(Documents, HttpStatusCode.Created, form);
        _document = $"{Documents}/{uploaded.GetProperty("id").GetString()}";
    }

    private async Task ScanAsync()
    {
        var document = await service.WaitAsync(_document, IsOver("scanning"), LongestScan);
        Expect(document, "clean");
    }

    private async Task ReadAsync()
    {
        var content = await service.ReadAsync($"{_document}/content");
        if (content != Text)
        {
            throw new BuildException("What was downloaded is something else than what was uploaded.", content);
        }
    }

    private async Task BeginReviewAsync()
    {
        var review = await service.CallOnceAsync($"{_document}/reviews", HttpStatusCode.Accepted);
        _review = $"{_document}/reviews/{review.GetProperty("id").GetString()}";
    }

    private async Task ReviewAsync()
    {
        var review = await service.WaitAsync(_review, IsOver("pending"), LongestReview);
        Expect(review, "completed");
        if (string.IsNullOrWhiteSpace(review.GetProperty("summary").GetString()))
        {
            throw new BuildException("The review was completed without a summary.", review.GetRawText());
        }
    }

    private static Func<JsonElement, bool> IsOver(string status) => answer => answer.GetProperty("status").GetString() != status;

    private static void Expect(JsonElement answer, string status)
    {
        if (answer.GetProperty("status").GetString() != status)
        {
            throw new BuildException($"This did not end as {status}.", answer.GetRawText());
        }
    }
}
