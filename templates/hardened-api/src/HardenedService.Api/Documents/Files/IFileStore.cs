namespace HardenedService.Api.Documents.Files;

/// <summary>Keeps bytes under a random name, for every replica alike.</summary>
internal interface IFileStore
{
    /// <summary>
    /// Saves what a stream holds, while it arrives. No transaction may be open: a slow client would keep it so. Until it is kept, the file
    /// belongs to nothing, and is swept an hour later.
    /// </summary>
    /// <param name="organizationId">Whose it is.</param>
    /// <param name="id">Its name, which is new.</param>
    /// <param name="content">The bytes, read once, to the end.</param>
    /// <param name="cancel">Gives up.</param>
    Task SaveAsync(Guid organizationId, Guid id, Stream content, CancellationToken cancel);

    /// <summary>From the commit of the transaction at hand, the file stays.</summary>
    Task KeepAsync(Guid id, CancellationToken cancel);

    /// <summary>From the commit of the transaction at hand, the file is gone.</summary>
    Task DeleteAsync(Guid id, CancellationToken cancel);

    /// <summary>Deletes the file now, unless it was kept.</summary>
    Task DiscardAsync(Guid organizationId, Guid id);

    /// <summary>Reads a file that was kept, bit by bit. A slow reader keeps no connection.</summary>
    /// <param name="organizationId">Whose it is.</param>
    /// <param name="id">Its name.</param>
    /// <returns>Its bytes. Reading fails with an <see cref="IOException"/> if the file goes meanwhile.</returns>
    Stream OpenRead(Guid organizationId, Guid id);
}
