using System.Globalization;
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

    // Npgsql sends each statement by itself, and the position is one in that.
    private static string Place(PostgresException exception, MigrationScript? script)
    {
        var start = script?.Text.IndexOf(exception.BatchCommand?.ToString() ?? "", StringComparison.Ordinal) ?? -1;
        if (start < 0 || exception.Position <= 0)
        {
            return "";
        }

        var line = 1 + script!.Text.AsSpan(0, Math.Min(start + exception.Position - 1, script.Text.Length)).Count('\n');
        return string.Create(CultureInfo.InvariantCulture, $" ({script.File}:{line})");
    }

    private static string Advice(PostgresException exception, MigratorOptions options) => exception.SqlState switch
    {
        PostgresErrorCodes.LockNotAvailable =>
            $" Another transaction kept a lock for longer than {options.LockTimeout.TotalSeconds:0.#} s, {options.Attempts} times; try again when it has ended.",
        PostgresErrorCodes.QueryCanceled =>
            $" A statement may run for {options.StatementTimeout.TotalSeconds:0.#} s; split the migration into smaller steps.",
        PostgresErrorCodes.UndefinedObject when exception.MessageText.StartsWith("role ", StringComparison.Ordinal) =>
            " Run `provision` first; it creates the roles.",
        _ => "",
    };
}
