using HardenedService.Platform.Data;
using Npgsql;

namespace HardenedService.Platform.Privacy;

/// <summary>All that is held about a person, of all features, in the request's transaction.</summary>
/// <param name="parts">The features' parts.</param>
/// <param name="connection">The request's connection.</param>
/// <param name="work">The transaction on it.</param>
public sealed class PersonalData(IEnumerable<IPersonalData> parts, NpgsqlConnection connection, UnitOfWork work)
{
    // In the order in which they were registered, the account last: what refers to it goes before it.
    private readonly IPersonalData[] _parts = [.. parts.OrderBy(part => part.IsAccount)];
    private Guid? _held;

    /// <summary>Collects everything as of one moment. It has to be the first that the transaction is used for.</summary>
    /// <param name="userId">The account.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The export.</returns>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task<PersonalExport> ExportAsync(Guid userId, CancellationToken cancel)
    {
        await using var begin = new NpgsqlCommand("set transaction isolation level repeatable read; select now()", connection);
        var export = new PersonalExport(userId, (DateTime)(await begin.ExecuteScalarAsync(cancel))!, connection);

        foreach (var part in _parts)
        {
            await work.ActAsAsync(userId, cancel);
            await part.ExportAsync(export, cancel);
        }

        return export;
    }

    /// <summary>Looks whether a person can be erased, and keeps that so until the commit.</summary>
    /// <param name="userId">The account.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Null if so; otherwise what stands against it and what to do about that, for the person.</returns>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task<string?> HoldAsync(Guid userId, CancellationToken cancel)
    {
        foreach (var part in _parts)
        {
            await work.ActAsAsync(userId, cancel);

            if (await part.HoldAsync(userId, cancel) is { } obstacle)
            {
                return obstacle;
            }
        }

        _held = userId;

        return null;
    }

    /// <summary>Erases everything, the account last.</summary>
    /// <param name="userId">The account, which <see cref="HoldAsync"/> has found nothing against.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when nothing is left, once the transaction commits.</returns>
    /// <exception cref="InvalidOperationException"><see cref="HoldAsync"/> was not asked.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task EraseAsync(Guid userId, CancellationToken cancel)
    {
        if (_held != userId)
        {
            throw new InvalidOperationException("Whether a person can be erased is asked first, in the same transaction: HoldAsync.");
        }

        foreach (var part in _parts)
        {
            await work.ActAsAsync(userId, cancel);
            await part.EraseAsync(userId, cancel);
        }
    }

    /// <summary>
    /// Erases somebody who was erased before, whatever stands against it: at that time nothing did.
    /// </summary>
    /// <returns>Whether something did now, as of an organization that is left without an owner.</returns>
    internal async Task<bool> EraseAgainAsync(Guid userId, CancellationToken cancel)
    {
        var isOpposed = false;

        foreach (var part in _parts)
        {
            await work.ActAsAsync(userId, cancel);
            isOpposed |= await part.HoldAsync(userId, cancel) is not null;
        }

        _held = userId;
        await EraseAsync(userId, cancel);

        return isOpposed;
    }
}
