using HardenedService.Platform.Data;
using HardenedService.Platform.Outbox;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace HardenedService.Api.Identity;

/// <summary>
/// Takes down what a stranger asks to be mailed to an address. Whether there is an account is looked up after the answer: what is not known
/// here cannot show in it, nor in its time.
/// </summary>
internal sealed class MailRequests(UserManager<Account> accounts, Outbox outbox, UnitOfWork work)
{
    /// <summary>In place of an earlier one of its kind for the address, which waits still.</summary>
    public async Task<Accepted<Empty>> TakeAsync<TRequest>(string kind, string email, TRequest request, CancellationToken cancel)
        where TRequest : class
    {
        await using var transaction = await work.BeginAsync(cancel);
        await outbox.EnqueueLatestAsync(kind, accounts.NormalizeEmail(email), request, cancel);
        await transaction.CommitAsync();

        return TypedResults.Accepted((string?)null, new Empty());
    }
}
