using HardenedService.Platform.Data;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Platform.Tenancy;

/// <summary>
/// Work for an organization that no request's transaction holds: a worker's, or what has to be committed beside one. Each piece has services
/// and a transaction of its own.
/// </summary>
/// <param name="scopes">Makes the services.</param>
/// <param name="database">The main pool.</param>
public sealed class OrganizationWork(IServiceScopeFactory scopes, NpgsqlDataSource database)
{
    /// <summary>Runs in a transaction that acts in the organization, and commits it.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="organizationId">The organization. Whoever calls this has made sure that it is the right one.</param>
    /// <param name="act">What to do, with services that share the transaction. If it fails, nothing is written.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What came of it.</returns>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
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

    /// <summary>
    /// Runs one statement in a transaction that acts in the organization, all in one round trip: for much data, or what takes longer than
    /// requests give the database.
    /// </summary>
    /// <param name="organizationId">The organization. Whoever calls this has made sure that it is the right one.</param>
    /// <param name="statement">What to run.</param>
    /// <param name="timeout">How long it may take with its commit, in whole seconds.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="NpgsqlException">The database is out of reach, or took too long.</exception>
    public async Task<int> ExecuteAsync(Guid organizationId, NpgsqlBatchCommand statement, TimeSpan timeout, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(statement);
        var seconds = DatabasePool.Seconds(timeout);

        // The batch is one implicit transaction, to which the settings are confined.
        await using var batch = database.CreateBatch();
        batch.Timeout = seconds;
        batch.BatchCommands.Add(new("select set_config('statement_timeout', $1, true), set_config('app.organization_id', $2, true)")
        {
            Parameters = { new() { Value = $"{DatabasePool.ServerLimit(seconds)}" }, new() { Value = $"{organizationId}" } },
        });
        batch.BatchCommands.Add(statement);
        await batch.ExecuteNonQueryAsync(cancel);

        return statement.RecordsAffected;
    }
}
