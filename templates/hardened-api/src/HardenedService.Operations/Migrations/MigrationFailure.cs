using System.Globalization;
using HardenedService.Operations.Migrations.Linting;
using Npgsql;

namespace HardenedService.Operations.Migrations;

/// <summary>Puts into words why a migration failed. FluentMigrator's own message is the whole script.</summary>
internal static class MigrationFailure
{
    /// <summary>Whether the same may succeed in a moment: another transaction was in the way.</summary>
    public static bool IsForTheMoment(Exception exception) => Causes(exception)
        .OfType<PostgresException>()
        .Any(cause => cause.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected);

    /// <summary>The failure, in a line; with the script's file and line if PostgreSQL tells where it stopped.</summary>
    public static MigrationException Of(string what, Exception exception, MigratorOptions options, MigrationScript? script = null)
    {
        var cause = Causes(exception).OfType<PostgresException>().FirstOrDefault() ?? exception.GetBaseException();
        var reason = cause is PostgresException postgres
            ? $"{postgres.SqlState} {postgres.MessageText}{Constraint(postgres)}{Place(postgres, script)}.{Advice(postgres, options)}"
            : cause.Message;
        return new MigrationException($"{what}: {reason}", cause);
    }

    private static IEnumerable<Exception> Causes(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    private static string Constraint(PostgresException exception) =>
        exception.ConstraintName is null ? "" : $" (constraint {exception.ConstraintName})";

    private static string Place(PostgresException exception, MigrationScript? script)
    {
        var line = script is null || exception.Position <= 0 ? null : LineOf(exception, SqlTokenizer.Tokenize(script.Text));
        return line is null ? "" : string.Create(CultureInfo.InvariantCulture, $" ({script!.File}:{line})");
    }

    // Npgsql sends each statement by itself, and does not tell which one failed; the position is one in that. It is the one in which
    // there stands, at that position, what the message is about.
    private static int? LineOf(PostgresException exception, IReadOnlyList<SqlToken> tokens)
    {
        var starts = tokens.Where((_, place) => place == 0 || tokens[place - 1].IsSymbol(';')).Select(token => token.At + exception.Position - 1).ToHashSet();
        var places = tokens.Where(token => starts.Contains(token.At) && exception.MessageText.Contains(token.Text, StringComparison.OrdinalIgnoreCase)).ToList();
        return places.Count == 1 ? places[0].Line : null;
    }

    private static string Advice(PostgresException exception, MigratorOptions options) => exception.SqlState switch
    {
        PostgresErrorCodes.LockNotAvailable =>
            $" Another transaction kept a lock for longer than {options.LockTimeout.TotalSeconds:0.##} s, {options.Attempts} times; try again when it has ended.",
        PostgresErrorCodes.QueryCanceled =>
            $" A statement may run for {options.StatementTimeout.TotalSeconds:0.#} s; split the migration into smaller steps, or give it longer: migrate up --statement-timeout.",
        PostgresErrorCodes.UndefinedObject when exception.MessageText.StartsWith("role ", StringComparison.Ordinal) =>
            " Run `provision` first; it creates the roles.",
        _ => "",
    };
}
