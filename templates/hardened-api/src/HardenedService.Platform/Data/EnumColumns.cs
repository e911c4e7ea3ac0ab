using Npgsql;

namespace HardenedService.Platform.Data;

/// <summary>Values of enums as the database spells them: their names, in lower case.</summary>
public static class EnumColumns
{
    /// <summary>How the database spells a value.</summary>
    /// <typeparam name="TEnum">The enum.</typeparam>
    /// <param name="value">The value.</param>
    /// <returns>Its name, in lower case.</returns>
    public static string Name<TEnum>(TEnum value)
        where TEnum : struct, Enum =>
        value.ToString().ToLowerInvariant();

    /// <summary>The value that the database spells so.</summary>
    /// <typeparam name="TEnum">The enum.</typeparam>
    /// <param name="name">Its name.</param>
    /// <returns>The value.</returns>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public static TEnum Value<TEnum>(string name)
        where TEnum : struct, Enum =>
        Enum.Parse<TEnum>(name, ignoreCase: true);

    /// <summary>Reads a value from a row.</summary>
    /// <typeparam name="TEnum">The enum.</typeparam>
    /// <param name="row">The row.</param>
    /// <param name="column">The column, from 0; it is not null.</param>
    /// <returns>The value.</returns>
    /// <exception cref="ArgumentException">The enum has no such value.</exception>
    public static TEnum GetEnum<TEnum>(this NpgsqlDataReader row, int column)
        where TEnum : struct, Enum
    {
        ArgumentNullException.ThrowIfNull(row);

        return Value<TEnum>(row.GetString(column));
    }
}
