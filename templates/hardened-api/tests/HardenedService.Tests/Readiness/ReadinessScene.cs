using HardenedService.Operations.Configuration;
using HardenedService.Operations.Readiness;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Readiness;

/// <summary>One check by itself, as the report runs it.</summary>
internal static class ReadinessScene
{
    /// <summary>What it finds in a database.</summary>
    public static Task<Finding> LookAsync(this IReadinessCheck check, TestDatabase database) => LookAsync(check, database, host: null);

    /// <summary>What it finds in settings.</summary>
    public static Task<Finding> LookAsync(this IReadinessCheck check, params (string Key, string? Value)[] settings) => LookAsync(check, database: null, host: null, settings);

    /// <summary>What it finds in a service that runs.</summary>
    public static async Task<Finding> LookAsync(this IReadinessCheck check, TestDatabase? database, ApiHost? host, params (string Key, string? Value)[] settings)
    {
        using var context = Context(database, host, settings);
        var found = await new ReadinessRun(context, TextWriter.Null).RunAsync([check], TestContext.Current.CancellationToken);

        return Assert.Single(found).Finding;
    }

    public static ReadinessContext Context(TestDatabase? database, ApiHost? host, params (string Key, string? Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
            [
                KeyValuePair.Create("Operations:OperatorConnectionString", database?.OperatorConnectionString),
                KeyValuePair.Create("Database:ConnectionString", database?.AppConnectionString),
            ])
            .AddInMemoryCollection(settings.GroupBy(setting => setting.Key).Select(same => KeyValuePair.Create(same.Key, same.Last().Value)))
            .Build();

        return new(configuration, new ReadinessFile(), repository: null, host?.Public.BaseAddress ?? ServiceAddress.OfPeople(configuration), host?.Management.BaseAddress);
    }

    public static void Is(this Finding finding, CheckStatus status, string words)
    {
        Assert.True(finding.Status == status, $"{finding.Status}: {finding.Evidence}");
        Assert.Contains(words, finding.Evidence, StringComparison.Ordinal);
    }
}
