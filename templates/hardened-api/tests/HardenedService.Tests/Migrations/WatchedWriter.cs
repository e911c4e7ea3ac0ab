using System.Collections.Concurrent;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Migrations;

/// <summary>Keeps what is written, and tells when a line is.</summary>
internal sealed class WatchedWriter : StringWriter
{
    private readonly ConcurrentQueue<string> _lines = [];

    /// <summary>The first line of this work that begins so; fails if the work ends without one.</summary>
    public async Task<string> LineOfAsync(Task work, string beginning = "")
    {
        await Eventually.HoldsAsync(() => work.IsCompleted || Find() is not null, $"a line that begins with '{beginning}'");

        if (Find() is not { } line)
        {
            await work;
            throw new InvalidOperationException($"It ended without a line that begins with '{beginning}': {this}");
        }

        return line;

        string? Find() => _lines.FirstOrDefault(line => line.StartsWith(beginning, StringComparison.Ordinal));
    }

    public override async Task WriteLineAsync(string? value)
    {
        await base.WriteLineAsync(value);
        _lines.Enqueue(value ?? "");
    }
}
