using System.Text.Json;
using System.Text.RegularExpressions;
using HardenedService.Api.Documents.Files;
using HardenedService.Platform.Data;
using HardenedService.Platform.Outbound;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Tenancy;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Api.Documents.Scanning;

/// <summary>A document to be scanned, by way of the outbox.</summary>
internal sealed record ScanMessage(Guid OrganizationId, Guid DocumentId);

/// <summary>
/// Has the virus scanner look at a document, and writes down what it says. No transaction is open meanwhile. A message that comes twice, or
/// about a document that was deleted, changes nothing.
/// </summary>
internal sealed partial class ScanDelivery(
    OrganizationWork organization, VirusScanner scanner, IServiceScopeFactory scopes, ILogger<ScanDelivery> logger) : IOutboxHandler
{
    public const string MessageKind = "document-scan";

    public string Kind => MessageKind;

    public async Task DeliverAsync(Guid id, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        var message = JsonSerializer.Deserialize<ScanMessage>(payload.Span)!;

        if (await FindAsync(message, cancel) is not { } fileId || await ScanAsync(message, fileId, cancel) is not { } result)
        {
            return;
        }

        var isNews = await organization.RunAsync(message.OrganizationId, services => RecordAsync(services, message.DocumentId, fileId, result, cancel), cancel);

        if (isNews && result.Status == DocumentStatus.Infected)
        {
            LogInfected(message.DocumentId, Harmless(result.Signature!));
        }
    }

    /// <summary>The bytes, if they are still to be scanned.</summary>
    private Task<Guid?> FindAsync(ScanMessage message, CancellationToken cancel) => organization.RunAsync(
        message.OrganizationId,
        services => services.GetRequiredService<DocumentsDb>().Documents
            .Where(document => document.Id == message.DocumentId && document.Status == DocumentStatus.Scanning)
            .Select(document => document.FileId)
            .SingleOrDefaultAsync(cancel),
        cancel);

    /// <summary>What the scanner says; null if the document went meanwhile, and its bytes with it.</summary>
    private async Task<ScanResult?> ScanAsync(ScanMessage message, Guid fileId, CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        var files = scope.ServiceProvider.GetRequiredService<IFileStore>();

        try
        {
            return await scanner.ScanAsync(() => files.OpenRead(message.OrganizationId, fileId), cancel);
        }
        catch (UpstreamException)
        {
            if (await FindAsync(message, cancel) is null)
            {
                return null;
            }

            throw;
        }
    }

    // The version stays when a document is found clean: whoever uploaded it may rename it by the ETag of that answer.
    private static async Task<bool> RecordAsync(IServiceProvider services, Guid documentId, Guid fileId, ScanResult result, CancellationToken cancel)
    {
        var recorded = await services.GetRequiredService<DocumentsDb>().Database.ExecuteSqlAsync(
            $"""
            update documents.documents
            set status = {EnumColumns.Name(result.Status)},
                scanned_at = now(),
                file_id = case when {result.Status == DocumentStatus.Infected} then null else file_id end,
                version = case when {result.Status == DocumentStatus.Clean} then version else version + 1 end
            where id = {documentId}
              and status = 'scanning'
            """,
            cancel);

        if (recorded > 0 && result.Status == DocumentStatus.Infected)
        {
            await services.GetRequiredService<IFileStore>().DeleteAsync(fileId, cancel);
        }

        return recorded > 0;
    }

    private static string Harmless(string signature) => Unusual().Replace(signature.Length > 100 ? signature[..100] : signature, "_");

    [GeneratedRegex("[^A-Za-z0-9._:/-]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Unusual();

    [LoggerMessage(EventId = 1901, EventName = "DocumentInfected", Level = LogLevel.Warning, Message = "Document {DocumentId} has a virus, {Signature}: its bytes were deleted")]
    private partial void LogInfected(Guid documentId, string signature);
}
