using System.Text.Json;
using HardenedService.Api.Documents.Files;
using HardenedService.Platform.Outbound;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Tenancy;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Documents.Reviews;

/// <summary>A review to be made, by way of the outbox.</summary>
internal sealed record ReviewMessage(Guid OrganizationId, Guid ReviewId);

/// <summary>
/// Has the reviewer look at a document, and writes down what comes of it. No transaction is open meanwhile. The first result counts: a message
/// that comes twice, to two workers at once too, or about a review that went with its document, changes nothing.
/// </summary>
internal sealed partial class ReviewDelivery(
    OrganizationWork organization, IServiceScopeFactory scopes, IOptions<ReviewOptions> options, ILogger<ReviewDelivery> logger) : IOutboxHandler
{
    public const string MessageKind = "document-review";

    public string Kind => MessageKind;

    public async Task DeliverAsync(Guid id, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        var message = JsonSerializer.Deserialize<ReviewMessage>(payload.Span)!;

        if (await FindAsync(message, cancel) is not { } asked)
        {
            return;
        }

        try
        {
            await CompleteAsync(message, await AskAsync(message, asked, cancel), cancel);
        }
        catch (ReviewFailedException failed)
        {
            await FailAsync(message, failed.Code, after: TimeSpan.Zero, cancel);
        }
        catch (UpstreamException failure)
        {
            var (code, after) = Judge(failure);

            if (!await FailAsync(message, code, after, cancel))
            {
                throw;
            }
        }
    }

    /// <summary>What the review is of, if it still is to be made.</summary>
    private Task<Asked?> FindAsync(ReviewMessage message, CancellationToken cancel) => organization.RunAsync(
        message.OrganizationId,
        services =>
        {
            var db = services.GetRequiredService<DocumentsDb>();

            return (from review in db.Reviews
                    join document in db.Documents on review.DocumentId equals document.Id
                    where review.Id == message.ReviewId && review.Status == ReviewStatus.Pending && document.FileId != null
                    select new Asked(document.FileId!.Value, document.ContentType, document.Size))
                .SingleOrDefaultAsync(cancel);
        },
        cancel);

    private async Task<string> AskAsync(ReviewMessage message, Asked asked, CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        var files = scope.ServiceProvider.GetRequiredService<IFileStore>();
        var client = scope.ServiceProvider.GetRequiredService<ReviewClient>();
        await using var document = files.OpenRead(message.OrganizationId, asked.FileId);

        return await client.ReviewAsync(message.ReviewId, document, asked.ContentType, asked.Size, cancel);
    }

    private (string Code, TimeSpan After) Judge(UpstreamException failure) => failure.Failure switch
    {
        UpstreamFailure.Failed when !failure.IsTransient => (ReviewFailures.Unreadable, TimeSpan.Zero),
        UpstreamFailure.Unavailable => (ReviewFailures.Unavailable, options.Value.Deadline),
        UpstreamFailure.TimedOut => (ReviewFailures.TimedOut, options.Value.Deadline),
        _ => (ReviewFailures.Failed, options.Value.Deadline),
    };

    private Task<int> CompleteAsync(ReviewMessage message, string summary, CancellationToken cancel) => organization.RunAsync(
        message.OrganizationId,
        services => services.GetRequiredService<DocumentsDb>().Database.ExecuteSqlAsync(
            $"""
            update documents.reviews
            set status = 'completed',
                summary = {summary},
                completed_at = now()
            where id = {message.ReviewId}
              and status = 'pending'
            """,
            cancel),
        cancel);

    /// <summary>Fails the review, if it is that old.</summary>
    /// <returns>Whether nothing is left to be done: it has failed, or ended before, or went with its document.</returns>
    private async Task<bool> FailAsync(ReviewMessage message, string code, TimeSpan after, CancellationToken cancel)
    {
        var failed = await organization.RunAsync(
            message.OrganizationId,
            services => services.GetRequiredService<DocumentsDb>().Database.ExecuteSqlAsync(
                $"""
                update documents.reviews
                set status = 'failed',
                    failure = {code},
                    completed_at = now()
                where id = {message.ReviewId}
                  and status = 'pending'
                  and created_at <= now() - {after}
                """,
                cancel),
            cancel);

        if (failed == 0)
        {
            return await FindAsync(message, cancel) is null;
        }

        LogFailed(message.ReviewId, code);

        return true;
    }

    [LoggerMessage(EventId = 1902, EventName = "ReviewFailed", Level = LogLevel.Warning, Message = "Review {ReviewId} failed: {Code}")]
    private partial void LogFailed(Guid reviewId, string code);

    private sealed record Asked(Guid FileId, string ContentType, long Size);
}
