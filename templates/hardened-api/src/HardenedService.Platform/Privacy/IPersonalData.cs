namespace HardenedService.Platform.Privacy;

/// <summary>
/// A feature's part of what is held about people. Whoever stores something of a person registers one
/// (<see cref="PrivacyExtensions.AddPersonalData"/>); a test finds tables that none answers for. Each call runs in the transaction at hand,
/// as the person and in no organization.
/// </summary>
public interface IPersonalData
{
    /// <summary>The tables that this part answers for, and no other part.</summary>
    IReadOnlyList<PersonalTable> Tables { get; }

    /// <summary>Whether this is the account itself, which everything else refers to: it is erased last. One part is.</summary>
    bool IsAccount => false;

    /// <summary>Adds what is held to an export. By default what the queries of the tables find.</summary>
    /// <param name="file">The export.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when all of it is there.</returns>
    async Task ExportAsync(PersonalExport file, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(file);

        foreach (var table in Tables)
        {
            await file.AddAsync(table.Section, table.Query, cancel);
        }
    }

    /// <summary>
    /// Before anything is erased: locks what the erasure depends on, and looks whether it is possible. By default it is.
    /// </summary>
    /// <param name="userId">The account.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Null if it is possible; otherwise what stands against it and what to do about that, for the person.</returns>
    Task<string?> HoldAsync(Guid userId, CancellationToken cancel) => Task.FromResult<string?>(null);

    /// <summary>Erases what is held, or takes the person out of it. The account is still there, unless this part is the account.</summary>
    /// <param name="userId">The account.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when it is done.</returns>
    Task EraseAsync(Guid userId, CancellationToken cancel);
}
