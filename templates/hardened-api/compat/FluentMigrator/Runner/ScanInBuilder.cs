using System.Reflection;
using FluentMigrator.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace FluentMigrator.Runner.Initialization;

/// <summary>Assemblies to scan.</summary>
public interface IScanInBuilder : IMigrationRunnerBuilder
{
    /// <summary>Says what the assemblies are scanned for.</summary>
    IScanInForBuilder For { get; }
}

/// <summary>What assemblies are scanned for.</summary>
public interface IScanInForBuilder
{
    /// <summary>Scans for migrations.</summary>
    /// <returns>The builder, to go on.</returns>
    IScanInBuilder Migrations();

    /// <summary>Scans for the scripts that <c>Execute.EmbeddedScript</c> names.</summary>
    /// <returns>The builder, to go on.</returns>
    IScanInBuilder EmbeddedResources();
}

internal sealed record ScanInBuilder(IServiceCollection Services, Assembly[] Assemblies) : IScanInBuilder, IScanInForBuilder
{
    public IScanInForBuilder For => this;

    public IScanInBuilder Migrations() => Add(assembly => new MigrationInformationLoader.Source(assembly));

    public IScanInBuilder EmbeddedResources() => Add(assembly => new EmbeddedScripts.Source(assembly));

    private ScanInBuilder Add<TSource>(Func<Assembly, TSource> source)
        where TSource : class
    {
        foreach (var assembly in Assemblies)
        {
            Services.AddSingleton(source(assembly));
        }

        return this;
    }
}
