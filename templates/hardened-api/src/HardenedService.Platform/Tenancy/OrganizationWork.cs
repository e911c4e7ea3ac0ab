using HardenedService.Platform.Data;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.Tenancy;

/// <summary>
/// Work for an organization that no request's transaction holds: a worker's, or what has to be committed beside one. Each piece has services
/// and a transaction of its own.
/// </summary>
/// <param name="scopes">Makes the services.</param>
public sealed class OrganizationWork(IServiceScopeFactory scopes)
{
    /// <summary>Runs in a transaction that acts in the organization, and commits it.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="organizationId">The organization. Whoever calls this has made sure that it is the right one.</param>
    /// <param name="act">What to do, with services that share the transaction. If it fails, nothing is written.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What came of it.</returns>
    /// <exception cref="Npgsql.NpgsqlException">The database is out of reach.</exception>
    public async Task<T> RunAsync<T>(Guid organizationId, Func<IServiceProvider, Task<T>> act, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(act);
        await using var scope = scopes.CreateAsyncScope();
        var work = scope.ServiceProvider.GetRequiredService<UnitOfWork>();
        await using var transaction = await work.BeginAsync(cancel);
        await work.ActInAsync(organizationId, cancel);
        var result = await act(scope.ServiceProvider);
        await transaction.CommitAsync();

        return result;
    }
}
