using HardenedService.Platform.Data;
using HardenedService.Platform.RateLimiting;

namespace HardenedService.Api.Identity;

/// <summary>A factor that was used up, in the transaction in which whatever it was presented for happens.</summary>
internal sealed class FactorProof(DatabaseTransaction transaction, Attempt? attempt) : IAsyncDisposable
{
    /// <summary>Makes everything last, and takes the attempt back: after the commit, when its connection is free again.</summary>
    public async Task CommitAsync()
    {
        await transaction.CommitAsync();
        await (attempt?.GiveBackAsync() ?? Task.CompletedTask);
    }

    public ValueTask DisposeAsync() => transaction.DisposeAsync();
}
