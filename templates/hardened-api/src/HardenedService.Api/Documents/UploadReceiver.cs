using System.Text;
using HardenedService.Api.Documents.Files;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Security;
using HardenedService.Platform.Validation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace HardenedService.Api.Documents;

/// <summary>
/// Reads an upload (RFC 7578) part by part. The file goes to the store as it arrives, so that neither memory nor disk of this replica fills
/// up; no transaction is open meanwhile. What is not kept in the end is deleted with the request.
/// </summary>
internal sealed class UploadReceiver(IFileStore files, IOptions<DocumentOptions> options)
{
    private const string TitlePart = "title";
    private const string FilePart = "file";
    private const int MaxTitleBytes = 4096;
    private const int MaxBoundaryLength = 70;

    private static readonly SingleLineAttribute TitleRule = new(DocumentTitle.MaxLength);

    /// <summary>Receives the upload.</summary>
    /// <param name="http">The request.</param>
    /// <param name="upload">Is filled in.</param>
    /// <returns>Null if it was received; otherwise why it is not taken.</returns>
    public async Task<ProblemHttpResult?> ReceiveAsync(HttpContext http, DocumentUpload upload)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type)
            || HeaderUtilities.RemoveQuotes(type.Boundary).ToString() is not { Length: > 0 and <= MaxBoundaryLength } boundary)
        {
            return Problems.MalformedRequest.Result("The form's boundary is missing, or longer than 70 characters (RFC 2046, section 5.1.1).");
        }

        try
        {
            var reader = new MultipartReader(boundary, http.Request.Body) { HeadersCountLimit = 8, HeadersLengthLimit = 4096 };
            var parts = new HashSet<string>(StringComparer.Ordinal);

            while (await reader.ReadNextSectionAsync(http.RequestAborted) is { } section)
            {
                var disposition = section.GetContentDispositionHeader();
                var name = HeaderUtilities.RemoveQuotes(disposition?.Name ?? default).ToString();

                if (disposition is null || name is not (TitlePart or FilePart) || !parts.Add(name))
                {
                    return Problems.MalformedRequest.Result("The form has two parts, each once: title and file.");
                }

                await (name == TitlePart ? ReadTitleAsync(section, upload, http.RequestAborted) : SaveFileAsync(section, disposition, upload, http));
            }

            return Faults(upload, parts) is { Count: > 0 } faults ? Problems.Invalid(faults) : null;
        }
        catch (UploadRefusedException refused)
        {
            return refused.Refusal;
        }
        catch (Exception exception) when (exception is InvalidDataException or DecoderFallbackException or ArgumentException || IsCutShort(exception, http))
        {
            return Problems.MalformedRequest.Result("The form cannot be read.");
        }
    }

    // The form's end is missing, and the client is still there: it did not break off, it sent just that.
    private static bool IsCutShort(Exception exception, HttpContext http) =>
        exception is IOException and not BadHttpRequestException && !http.RequestAborted.IsCancellationRequested;

    private static Dictionary<string, string[]> Faults(DocumentUpload upload, HashSet<string> parts)
    {
        var faults = new Dictionary<string, string[]>();

        if (upload.Title.Length == 0)
        {
            faults[TitlePart] = ["The title is missing."];
        }
        else if (!TitleRule.IsValid(upload.Title))
        {
            faults[TitlePart] = [TitleRule.FormatErrorMessage(TitlePart)];
        }

        if (upload.Size == 0)
        {
            faults[FilePart] = [parts.Contains(FilePart) ? "The file is empty." : "The file is missing."];
        }

        return faults;
    }

    // As those of JSON: UTF-8, in normalization form C.
    private static async Task ReadTitleAsync(MultipartSection section, DocumentUpload upload, CancellationToken cancel)
    {
        var buffer = new byte[MaxTitleBytes + 1];
        var length = await section.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);

        if (length > MaxTitleBytes)
        {
            throw new UploadRefusedException(Problems.Invalid(TitlePart, TitleRule.FormatErrorMessage(TitlePart)));
        }

        upload.Title = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(buffer, 0, length).Normalize();
    }

    private async Task SaveFileAsync(MultipartSection section, ContentDispositionHeaderValue disposition, DocumentUpload upload, HttpContext http)
    {
        var organizationId = http.Features.Get<Session>()!.OrganizationId!.Value;
        var id = Guid.NewGuid();
        await using var content = new UploadStream(section.Body, options.Value.MaxSize);

        // Before the first byte is written: however this request ends, but for a crash, nothing stays that was not kept.
        http.Response.RegisterForDisposeAsync(new Unkept(files, organizationId, id));
        await files.SaveAsync(organizationId, id, content, http.RequestAborted);

        upload.FileId = id;
        upload.Size = content.Size;
        upload.Sha256 = content.Sha256();
        upload.ContentType = content.Type?.ContentType ?? "";
        upload.FileName = content.Type is { } type
            ? Files.FileName.Of(HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).ToString(), type)
            : "";
    }

    private sealed class Unkept(IFileStore files, Guid organizationId, Guid id) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await files.DiscardAsync(organizationId, id);
    }
}
