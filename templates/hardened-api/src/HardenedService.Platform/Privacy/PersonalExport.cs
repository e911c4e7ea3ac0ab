using Npgsql;

namespace HardenedService.Platform.Privacy;

/// <summary>An export that is being collected.</summary>
public sealed class PersonalExport
{
    /// <summary>The most rows of one section. Who has more, such as sessions, is told so by <see cref="Incomplete"/>.</summary>
    public const int MaxRows = 10_000;

    private readonly NpgsqlConnection _connection;
    private readonly SortedDictionary<string, IReadOnlyList<IReadOnlyDictionary<string, object?>>> _sections = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _incomplete = new(StringComparer.Ordinal);

    internal PersonalExport(Guid userId, DateTime exportedAt, NpgsqlConnection connection)
    {
        UserId = userId;
        ExportedAt = exportedAt;
        _connection = connection;
    }

    /// <summary>The account.</summary>
    public Guid UserId { get; }

    /// <summary>The moment of which this is the state, by the database clock.</summary>
    public DateTime ExportedAt { get; }

    /// <summary>The rows by section: values by name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyDictionary<string, object?>>> Sections => _sections;

    /// <summary>The sections that had more rows than <see cref="MaxRows"/>: the first ones are there.</summary>
    public IReadOnlyCollection<string> Incomplete => _incomplete;

    /// <summary>Adds the rows that a query finds. Its columns become members: <c>created_at</c> is <c>createdAt</c>.</summary>
    /// <param name="section">The section, new or with rows already.</param>
    /// <param name="query">The query, the most important rows first; <c>$1</c> is the account.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when they are there.</returns>
    /// <exception cref="InvalidOperationException">A value is of a type that does not belong into an export, such as bytes.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task AddAsync(string section, string query, CancellationToken cancel)
    {
        List<IReadOnlyDictionary<string, object?>> rows = [.. _sections.GetValueOrDefault(section, [])];
        await using var command = new NpgsqlCommand($"select * from ({query}) rows limit {MaxRows + 1 - rows.Count}", _connection);
        command.Parameters.Add(new() { Value = UserId });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        string[] names = [.. Enumerable.Range(0, reader.FieldCount).Select(column => MemberOf(reader.GetName(column)))];

        while (await reader.ReadAsync(cancel))
        {
            if (rows.Count == MaxRows)
            {
                _incomplete.Add(section);
                break;
            }

            rows.Add(names.Select((name, column) => (name, Value: ValueOf(reader, column))).ToDictionary(member => member.name, member => member.Value));
        }

        _sections[section] = rows;
    }

    // What is neither text, number, time nor id would be shown in a form that nobody has chosen; and bytes are hashes, keys and ciphertexts.
    private static object? ValueOf(NpgsqlDataReader reader, int column) => reader.GetValue(column) switch
    {
        DBNull => null,
        var value and (string or string[] or Guid or DateTime or bool or short or int or long or decimal or double) => value,
        var other => throw new InvalidOperationException(
            $"The column {reader.GetName(column)} of an export is a {other.GetType().Name}: select it as text if it is for people, else leave it out."),
    };

    private static string MemberOf(string column) =>
        string.Concat(column.Split('_').Select((word, index) => index == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
}
