namespace HardenedService.Tests.Migrations;

/// <summary>Keeps what is written, and tells when the first line is.</summary>
internal sealed class WatchedWriter : StringWriter
{
    private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<string> FirstLine => _first.Task;

    /// <summary>The first line of this work; fails if the work ends without one.</summary>
    public async Task<string> FirstLineOfAsync(Task work)
    {
        if (await Task.WhenAny(FirstLine, work) == work && !FirstLine.IsCompleted)
        {
            await work;
            Assert.Fail("It ended without a word.");
        }

        return await FirstLine;
    }

    public override async Task WriteLineAsync(string? value)
    {
        await base.WriteLineAsync(value);
        _first.TrySetResult(value ?? "");
    }
}
