using Microsoft.Extensions.DependencyInjection;

namespace FluentMigrator.Runner;

/// <summary>Configures the migration runner.</summary>
public interface IMigrationRunnerBuilder
{
    /// <summary>The services that the runner is made of.</summary>
    IServiceCollection Services { get; }
}

internal sealed record MigrationRunnerBuilder(IServiceCollection Services) : IMigrationRunnerBuilder;
