using Npgsql;

namespace HardenedService.Operations.Migrations;

/// <summary>Puts into words why a migration failed. FluentMigrator's own message is the whole script.</summary>
internal static class MigrationFailure
{
    public static MigrationException Of(string what, Exception exception, MigratorOptions options)
    {
        var cause = Causes(exception).OfType<PostgresException>().FirstOrDefault() ?? exception.GetBaseException();
        var reason = cause is PostgresException postgres
            ? $"{postgres.SqlState} {postgres.MessageText}{Constraint(postgres)}.{Advice(postgres, options)}"
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

    private static string Advice(PostgresException exception, MigratorOptions options) => exception.SqlState switch
    {
        PostgresErrorCodes.LockNotAvailable =>
            $" Another transaction kept a lock for longer than {options.LockTimeout.TotalSeconds:0.#} s; try again when it has ended.",
        PostgresErrorCodes.QueryCanceled =>
            $" A statement may run for {options.StatementTimeout.TotalSeconds:0.#} s; split the migration into smaller steps.",
        PostgresErrorCodes.UndefinedObject when exception.MessageText.StartsWith("role ", StringComparison.Ordinal) =>
            " Run `provision` first; it creates the roles.",
        _ => "",
    };
}
