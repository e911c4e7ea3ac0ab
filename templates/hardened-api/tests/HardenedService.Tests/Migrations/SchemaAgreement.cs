using System.Data;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace HardenedService.Tests.Migrations;

/// <summary>
/// Compares an EF model with the schema that the migrations made. The scripts are the truth: what the model claims must be there, and
/// what the tables demand the model must know.
/// </summary>
internal static class SchemaAgreement
{
    /// <summary>Fails with one line for each difference.</summary>
    public static async Task AssertAgreesAsync(DbContext context, NpgsqlConnection connection)
    {
        var differences = await DifferencesAsync(context, connection);
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }

    public static async Task<IReadOnlyList<string>> DifferencesAsync(DbContext context, NpgsqlConnection connection)
    {
        if (connection.State == ConnectionState.Closed)
        {
            await connection.OpenAsync();
        }

        var schema = await DatabaseSchema.ReadAsync(connection);
        var tables = context.GetService<IDesignTimeModel>().Model.GetRelationalModel().Tables.ToList();
        Assert.NotEmpty(tables);
        return [.. tables.SelectMany(table => Differences(table, schema))];
    }

    private static IEnumerable<string> Differences(ITable table, DatabaseSchema schema)
    {
        var name = NameOf(table);
        var columns = schema.Columns
            .Where(column => string.Equals(column.Table, name, StringComparison.Ordinal))
            .ToDictionary(column => column.Name, StringComparer.Ordinal);

        return columns.Count == 0
            ? [$"{name}: the model maps this table, and the database has none."]
            : table.Columns.SelectMany(column => Differences(column, columns.GetValueOrDefault(column.Name), schema))
                .Concat(Demands(table, columns.Values))
                .Concat(Keys(table, schema))
                .Concat(ForeignKeys(table, schema));
    }

    private static IEnumerable<string> Differences(IColumn column, DatabaseColumn? actual, DatabaseSchema schema)
    {
        var name = $"{NameOf(column.Table)}.{column.Name}";
        if (actual is null)
        {
            yield return $"{name}: the model maps this column, and the database has none.";
            yield break;
        }

        if (!string.Equals(column.StoreType, actual.Type, StringComparison.Ordinal))
        {
            yield return $"{name}: {column.StoreType} in the model, {actual.Type} in the database.";
        }

        if (column.IsNullable != actual.Nullable)
        {
            yield return $"{name}: {Nullability(column.IsNullable)} in the model, {Nullability(actual.Nullable)} in the database.";
        }

        var length = column.PropertyMappings.Select(mapping => mapping.Property.GetMaxLength()).Max();
        if (length is not null && !IsBounded(actual, length.Value, schema))
        {
            yield return $"{name}: at most {length} long in the model, and no type or check in the database says so.";
        }
    }

    private static bool IsBounded(DatabaseColumn column, int length, DatabaseSchema schema)
    {
        var bound = new Regex(
            $@"(char|octet)_length\({Regex.Escape(column.Name)}\) <?= {length}\b", RegexOptions.None, TimeSpan.FromSeconds(1));
        return column.Type.EndsWith($"({length})", StringComparison.Ordinal)
            || schema.Checks.Any(check =>
                string.Equals(check.Table, column.Table, StringComparison.Ordinal) && bound.IsMatch(check.Definition));
    }

    private static IEnumerable<string> Demands(ITable table, IEnumerable<DatabaseColumn> columns) => columns
        .Where(column => !column.Nullable && !column.FilledIn && table.FindColumn(column.Name) is null)
        .Select(column => $"{column.Table}.{column.Name}: the database wants a value, and the model does not know the column.");

    private static IEnumerable<string> Keys(ITable table, DatabaseSchema schema)
    {
        var indexes = schema.UniqueIndexes.Where(index => string.Equals(index.Table, NameOf(table), StringComparison.Ordinal)).ToList();
        foreach (var key in table.UniqueConstraints)
        {
            var primary = key == table.PrimaryKey;
            if (!indexes.Any(index => (index.Primary || !primary) && index.Filter.Length == 0 && SameSet(index.Columns, key.Columns)))
            {
                yield return $"{NameOf(table)}: the {(primary ? "primary" : "unique")} key {List(key.Columns)} is not in the database.";
            }
        }

        foreach (var unique in table.Indexes.Where(index => index.IsUnique))
        {
            if (!indexes.Any(index => SameSet(index.Columns, unique.Columns) && SameFilter(index.Filter, unique.Filter)))
            {
                yield return $"{NameOf(table)}: the unique index {List(unique.Columns)} is not in the database.";
            }
        }
    }

    private static IEnumerable<string> ForeignKeys(ITable table, DatabaseSchema schema) => table.ForeignKeyConstraints
        .Where(key => !schema.ForeignKeys.Any(actual =>
            string.Equals(actual.Table, NameOf(table), StringComparison.Ordinal)
            && string.Equals(actual.Principal, NameOf(key.PrincipalTable), StringComparison.Ordinal)
            && actual.Columns.SequenceEqual(key.Columns.Select(column => column.Name), StringComparer.Ordinal)
            && actual.PrincipalColumns.SequenceEqual(key.PrincipalColumns.Select(column => column.Name), StringComparer.Ordinal)
            && actual.OnDelete == Letter(key.OnDeleteAction)))
        .Select(key =>
            $"{NameOf(table)}: the foreign key {List(key.Columns)} to {NameOf(key.PrincipalTable)}, on delete {key.OnDeleteAction}, is not in the database.");

    private static bool SameSet(IEnumerable<string> actual, IEnumerable<IColumn> expected) =>
        actual.Order(StringComparer.Ordinal).SequenceEqual(expected.Select(column => column.Name).Order(StringComparer.Ordinal), StringComparer.Ordinal);

    // PostgreSQL prints a filter in its own way: with parentheses, and without needless quotes.
    private static bool SameFilter(string actual, string? expected) =>
        string.Equals(Bare(actual), Bare(expected ?? ""), StringComparison.OrdinalIgnoreCase);

    private static string Bare(string filter) => string.Concat(filter.Where(character => character is not ('(' or ')' or '"' or ' ')));

    // As in pg_constraint.confdeltype.
    private static char Letter(ReferentialAction action) => action switch
    {
        ReferentialAction.Cascade => 'c',
        ReferentialAction.Restrict => 'r',
        ReferentialAction.SetNull => 'n',
        ReferentialAction.SetDefault => 'd',
        _ => 'a',
    };

    private static string NameOf(ITable table) => $"{table.Schema ?? "public"}.{table.Name}";

    private static string Nullability(bool nullable) => nullable ? "null" : "not null";

    private static string List(IEnumerable<IColumn> columns) => $"({string.Join(", ", columns.Select(column => column.Name))})";
}
