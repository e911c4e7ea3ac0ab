namespace HardenedService.Tests.Migrations;

/// <summary>Keeps what is written, and tells when the first line is.</summary>
internal sealed class WatchedWriter : StringWriter
{
    private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<string> FirstLine => _first.Task;

    public override async Task WriteLineAsync(string? value)
    {
        await base.WriteLineAsync(value);
        _first.TrySetResult(value ?? "");
    }
}
