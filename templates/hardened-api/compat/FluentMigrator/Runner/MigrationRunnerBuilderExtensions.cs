using System.Reflection;
using FluentMigrator.Runner.Initialization;
using FluentMigrator.Runner.Processors.Postgres;
using FluentMigrator.Runner.VersionTableInfo;
using Microsoft.Extensions.DependencyInjection;

namespace FluentMigrator.Runner;

/// <summary>Configures the migration runner.</summary>
public static class MigrationRunnerBuilderExtensions
{
    /// <summary>Names the database.</summary>
    /// <param name="builder">The runner's builder.</param>
    /// <param name="connectionStringOrName">An Npgsql connection string.</param>
    /// <returns>The builder, to go on.</returns>
    public static IMigrationRunnerBuilder WithGlobalConnectionString(this IMigrationRunnerBuilder builder, string connectionStringOrName) =>
        builder.Configure(options => options.ConnectionString = connectionStringOrName);

    /// <summary>Limits each command.</summary>
    /// <param name="builder">The runner's builder.</param>
    /// <param name="commandTimeout">The limit, in whole seconds; zero is no limit. Without it Npgsql's own holds.</param>
    /// <returns>The builder, to go on.</returns>
    public static IMigrationRunnerBuilder WithGlobalCommandTimeout(this IMigrationRunnerBuilder builder, TimeSpan commandTimeout) =>
        builder.Configure(options => options.Timeout = commandTimeout);

    /// <summary>Names the version table.</summary>
    /// <param name="builder">The runner's builder.</param>
    /// <param name="versionTableMetaData">The names.</param>
    /// <returns>The builder, to go on.</returns>
    public static IMigrationRunnerBuilder WithVersionTable(this IMigrationRunnerBuilder builder, IVersionTableMetaData versionTableMetaData)
    {
        builder.Services.AddSingleton(versionTableMetaData);
        return builder;
    }

    /// <summary>Names assemblies to scan; the builder's <see cref="IScanInBuilder.For"/> says what for.</summary>
    /// <param name="builder">The runner's builder.</param>
    /// <param name="assemblies">The assemblies.</param>
    /// <returns>The builder, to say what to scan for.</returns>
    public static IScanInBuilder ScanIn(this IMigrationRunnerBuilder builder, params Assembly[] assemblies) =>
        new ScanInBuilder(builder.Services, assemblies);

    private static IMigrationRunnerBuilder Configure(this IMigrationRunnerBuilder builder, Action<ProcessorOptions> configure)
    {
        builder.Services.Configure(configure);
        return builder;
    }
}

/// <summary>Chooses the database.</summary>
public static class PostgresRunnerBuilderExtensions
{
    /// <summary>Runs migrations on PostgreSQL 15 or newer.</summary>
    /// <param name="builder">The runner's builder.</param>
    /// <returns>The builder, to go on.</returns>
    public static IMigrationRunnerBuilder AddPostgres15_0(this IMigrationRunnerBuilder builder)
    {
        builder.Services.AddScoped<PostgresProcessor>();
        return builder;
    }
}
