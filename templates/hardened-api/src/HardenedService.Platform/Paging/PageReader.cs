using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HardenedService.Platform.Paging;

/// <summary>Reads a page of a list.</summary>
public static class PageReader
{
    /// <summary>Reads one page, and tells by one row more whether there is another.</summary>
    /// <typeparam name="TItem">An item of the list.</typeparam>
    /// <param name="command">Selects the rows of the page and all behind it, in order; its last parameter, which this adds, is the <c>limit</c>.</param>
    /// <param name="page">How many items.</param>
    /// <param name="read">Makes an item of a row.</param>
    /// <param name="cursor">Writes the cursor of the page that follows an item: see <see cref="Cursors.Write"/>.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The items; and the cursor of the next page, null if this is the last.</returns>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public static async Task<(IReadOnlyList<TItem> Items, string? NextCursor)> ReadPageAsync<TItem>(
        this NpgsqlCommand command, PageRequest page, Func<NpgsqlDataReader, TItem> read, Func<TItem, string> cursor, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(cursor);
        command.Parameters.Add(new() { Value = page.Size + 1 });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var items = new List<TItem>();

        while (items.Count < page.Size && await rows.ReadAsync(cancel))
        {
            items.Add(read(rows));
        }

        return (items, await rows.ReadAsync(cancel) ? cursor(items[^1]) : null);
    }

    /// <summary>Reads one page of a query, and tells by one row more whether there is another.</summary>
    /// <typeparam name="TItem">An item of the list.</typeparam>
    /// <param name="query">The items of the page and all behind it, in order.</param>
    /// <param name="page">How many items.</param>
    /// <param name="cursor">Writes the cursor of the page that follows an item: see <see cref="Cursors.Write"/>.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The items; and the cursor of the next page, null if this is the last.</returns>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public static async Task<(IReadOnlyList<TItem> Items, string? NextCursor)> ReadPageAsync<TItem>(
        this IQueryable<TItem> query, PageRequest page, Func<TItem, string> cursor, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(cursor);
        var items = await query.Take(page.Size + 1).ToListAsync(cancel);

        return items.Count > page.Size ? (items[..page.Size], cursor(items[page.Size - 1])) : (items, null);
    }
}
