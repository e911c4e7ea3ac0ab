using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Counts the SQL statements that a host's requests send, those of its background workers apart.</summary>
internal sealed partial class StatementCounter : IDisposable
{
    /// <summary>Lets the host log what the counter looks at.</summary>
    public static readonly IReadOnlyDictionary<string, string> Settings = new Dictionary<string, string> { ["Logging:LogLevel:Npgsql"] = "Debug" };

    private readonly LogRecorder _log = new();

    public void Attach(IWebHostBuilder host) => host.ConfigureTestServices(services => services.AddSingleton<ILoggerProvider>(_log));

    /// <summary>How many statements a request took.</summary>
    public async Task<int> CountAsync(Func<Task> request)
    {
        var before = Count();
        await request();

        return Count() - before;
    }

    public void Dispose() => _log.Dispose();

    // Workers belong to no request, hence to no trace.
    private int Count() => _log.Records.Count(record =>
        record.TraceId is not null
        && record.Category.StartsWith("Npgsql", StringComparison.Ordinal)
        && Done().IsMatch(record.Message));

    [GeneratedRegex("(Command|Batch) execution completed", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Done();
}
