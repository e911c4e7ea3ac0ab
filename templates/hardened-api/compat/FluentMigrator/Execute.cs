using FluentMigrator.Infrastructure;

namespace FluentMigrator.Builders.Execute;

/// <summary>Takes the SQL that a migration runs. Each call is one command to the server, in the order of the calls.</summary>
public interface IExecuteExpressionRoot
{
    /// <summary>Runs SQL: one statement, or several that the server runs as one.</summary>
    /// <param name="sqlStatement">The SQL.</param>
    void Sql(string sqlStatement);

    /// <summary>Runs a script that is embedded in a scanned assembly.</summary>
    /// <param name="embeddedSqlScriptName">
    /// The resource's name, or the last of its dot-separated parts, in any case, as far as they tell it from all others.
    /// </param>
    void EmbeddedScript(string embeddedSqlScriptName);
}

internal sealed class ExecuteExpressionRoot(EmbeddedScripts scripts) : IExecuteExpressionRoot
{
    private readonly List<Func<string>> _collected = [];

    public IReadOnlyList<Func<string>> Collected => _collected;

    public void Sql(string sqlStatement)
    {
        ArgumentException.ThrowIfNullOrEmpty(sqlStatement);
        _collected.Add(() => sqlStatement);
    }

    // A script is looked up when its turn comes, so that a missing one fails inside the migration's transaction.
    public void EmbeddedScript(string embeddedSqlScriptName)
    {
        ArgumentException.ThrowIfNullOrEmpty(embeddedSqlScriptName);
        _collected.Add(() => scripts.Read(embeddedSqlScriptName));
    }
}
