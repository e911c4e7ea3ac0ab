using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace HardenedService.Platform.Data;

/// <summary>
/// What a context does, it does in the unit of work's transaction: it neither writes nor reads without one, whether it saves, executes
/// or streams. Left to itself it would open the connection for one statement, which is a transaction of its own.
/// </summary>
internal sealed class JoinUnitOfWork(UnitOfWork work) : SaveChangesInterceptor, IDbCommandInterceptor
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

    // Every statement begins here, however it is going to be executed.
    public InterceptionResult<DbCommand> CommandCreating(CommandCorrelatedEventData eventData, InterceptionResult<DbCommand> result) =>
        work.IsOpen
            ? result
            : throw new InvalidOperationException(
                "A context works in a transaction, and none is open: begin one on the UnitOfWork first, and load what a result needs before it is returned.");

    // The commands run in the connection's transaction. One of EF's own inside of it is what Npgsql refuses.
    private static void Join(DbContext context) => context.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
}
