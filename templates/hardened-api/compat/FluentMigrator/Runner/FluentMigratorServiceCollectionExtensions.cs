using FluentMigrator.Infrastructure;
using FluentMigrator.Runner;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the migration runner.</summary>
public static class FluentMigratorServiceCollectionExtensions
{
    /// <summary>Registers <see cref="IMigrationRunner"/> and <see cref="IVersionLoader"/>, scoped: a scope holds one session.</summary>
    /// <param name="services">The services.</param>
    /// <returns>The services, to go on.</returns>
    public static IServiceCollection AddFluentMigratorCore(this IServiceCollection services) => services
        .AddLogging()
        .AddOptions()
        .AddSingleton<EmbeddedScripts>()
        .AddScoped<IMigrationInformationLoader, MigrationInformationLoader>()
        .AddScoped<VersionLoader>()
        .AddScoped<IVersionLoader>(provider => provider.GetRequiredService<VersionLoader>())
        .AddScoped<IMigrationRunner, MigrationRunner>();

    /// <summary>Configures the migration runner.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Configures it.</param>
    /// <returns>The services, to go on.</returns>
    public static IServiceCollection ConfigureRunner(this IServiceCollection services, Action<IMigrationRunnerBuilder> configure)
    {
        configure(new MigrationRunnerBuilder(services));
        return services;
    }
}
