using HardenedService.Platform.Configuration;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Outbound;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Sweeps;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Documents.Reviews;

internal static class ReviewExtensions
{
    public static void AddReviews(this WebApplicationBuilder builder)
    {
        builder.AddOptions<ReviewOptions>(ReviewOptions.Section);
        builder.AddOutboundClient<ReviewClient>(ReviewClient.Name);
        builder.AddOutboxHandler<ReviewDelivery>();
        builder.MapConstraint("reviews_pending_key", Problems.Conflict, "A review of this document is under way: wait until it has ended.");
        builder.MapConstraint("reviews_document_id_fkey", Problems.NotFound, "The document was deleted in the meantime.");
        builder.MapConstraint("reviews_organization_id_fkey", Problems.Forbidden, "The organization was deleted in the meantime.");
        builder.MapConstraint("reviews_requested_by_fkey", Problems.Unauthenticated, "The account was deleted in the meantime.");

        // By this name, which its policies admit: reviews that nothing came of, such as one whose message was parked. Delivery has the first
        // word, for it knows why: its last attempt comes up to the outbox's longest wait after the deadline.
        builder.AddSweep(services => new Sweep(
            "stuck_reviews",
            $"""
            update documents.reviews
            set status = 'failed',
                failure = '{ReviewFailures.Lost}',
                completed_at = now()
            where id = any (array(
              select id
              from documents.reviews
              where status = 'pending'
                and created_at <= now() - $2
              limit $1
              for update skip locked
            ))
            """,
            services.GetRequiredService<IOptions<ReviewOptions>>().Value.Deadline + services.GetRequiredService<IOptions<OutboxOptions>>().Value.LongestRetry));
    }
}
