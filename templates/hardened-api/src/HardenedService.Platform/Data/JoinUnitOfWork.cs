using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace HardenedService.Platform.Data;

/// <summary>A context saves into the unit of work's transaction, and never without one.</summary>
internal sealed class JoinUnitOfWork(UnitOfWork work) : SaveChangesInterceptor
{
    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        Join(eventData.Context!);

        return result;
    }

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Join(eventData.Context!);

        return ValueTask.FromResult(result);
    }

    private void Join(DbContext context)
    {
        if (!work.IsOpen)
        {
            throw new InvalidOperationException("Changes are saved in a transaction: begin one on the UnitOfWork first.");
        }

        // The commands run in the connection's transaction. One of EF's own inside of it is what Npgsql refuses.
        context.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
    }
}
