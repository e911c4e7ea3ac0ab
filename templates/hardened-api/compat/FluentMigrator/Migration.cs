using FluentMigrator.Builders.Execute;
using FluentMigrator.Infrastructure;

namespace FluentMigrator;

/// <summary>A migration; derive from <see cref="Migration"/>.</summary>
public interface IMigration;

/// <summary>A step of the schema, and the way back.</summary>
public abstract class Migration : IMigration
{
    private ExecuteExpressionRoot? _execute;

    /// <summary>Takes the SQL to run; to be used inside <see cref="Up"/> and <see cref="Down"/> only.</summary>
    /// <exception cref="InvalidOperationException">Used elsewhere.</exception>
    public IExecuteExpressionRoot Execute => _execute
        ?? throw new InvalidOperationException("Execute belongs inside Up and Down: the runner is not collecting this migration's SQL.");

    /// <summary>Names the SQL that takes the schema one step further.</summary>
    public abstract void Up();

    /// <summary>Names the SQL that takes this step back.</summary>
    public abstract void Down();

    internal IReadOnlyList<Func<string>> Collect(Action<Migration> direction, EmbeddedScripts scripts)
    {
        var execute = _execute = new ExecuteExpressionRoot(scripts);
        try
        {
            direction(this);
            return execute.Collected;
        }
        finally
        {
            _execute = null;
        }
    }
}
