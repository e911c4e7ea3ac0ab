using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace OpenTelemetry;

/// <summary>
/// Configures the providers that the host starts. May be used several times: there is one provider of each kind,
/// which belongs to the container, and is flushed and disposed with it.
/// </summary>
public sealed class OpenTelemetryBuilder : IOpenTelemetryBuilder
{
    internal OpenTelemetryBuilder(IServiceCollection services) => Services = services;

    /// <summary>The host's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Describes the service, for traces, metrics and logs alike.</summary>
    /// <param name="configure">Adds to the description.</param>
    /// <returns>The builder, to go on.</returns>
    public OpenTelemetryBuilder ConfigureResource(Action<ResourceBuilder> configure)
    {
        OpenTelemetryBuilderSdkExtensions.ConfigureResource(this, configure);
        return this;
    }

    /// <summary>Adds tracing.</summary>
    /// <returns>The builder, to go on.</returns>
    public OpenTelemetryBuilder WithTracing() => WithTracing(_ => { });

    /// <summary>Adds tracing.</summary>
    /// <param name="configure">Adds sources, processors and exporters.</param>
    /// <returns>The builder, to go on.</returns>
    public OpenTelemetryBuilder WithTracing(Action<TracerProviderBuilder> configure)
    {
        OpenTelemetryBuilderSdkExtensions.WithTracing(this, configure);
        return this;
    }

    /// <summary>Adds metrics.</summary>
    /// <returns>The builder, to go on.</returns>
    public OpenTelemetryBuilder WithMetrics() => WithMetrics(_ => { });

    /// <summary>Adds metrics.</summary>
    /// <param name="configure">Adds meters, views, readers and exporters.</param>
    /// <returns>The builder, to go on.</returns>
    public OpenTelemetryBuilder WithMetrics(Action<MeterProviderBuilder> configure)
    {
        OpenTelemetryBuilderSdkExtensions.WithMetrics(this, configure);
        return this;
    }

    /// <summary>Adds logs, of what goes through <c>ILogger</c>.</summary>
    /// <returns>The builder, to go on.</returns>
    public OpenTelemetryBuilder WithLogging() => WithLogging(configureBuilder: null, configureOptions: null);

    /// <summary>Adds logs, of what goes through <c>ILogger</c>.</summary>
    /// <param name="configure">Adds processors and exporters.</param>
    /// <returns>The builder, to go on.</returns>
    public OpenTelemetryBuilder WithLogging(Action<LoggerProviderBuilder> configure) => WithLogging(configure, configureOptions: null);

    /// <summary>Adds logs, of what goes through <c>ILogger</c>.</summary>
    /// <param name="configureBuilder">Adds processors and exporters.</param>
    /// <param name="configureOptions">Says what of a record is kept.</param>
    /// <returns>The builder, to go on.</returns>
    public OpenTelemetryBuilder WithLogging(
        Action<LoggerProviderBuilder>? configureBuilder,
        Action<OpenTelemetryLoggerOptions>? configureOptions)
    {
        OpenTelemetryBuilderSdkExtensions.WithLogging(this, configureBuilder, configureOptions);
        return this;
    }
}
