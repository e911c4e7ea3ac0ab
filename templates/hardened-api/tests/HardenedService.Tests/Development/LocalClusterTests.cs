using HardenedService.Operations.Postgres;

namespace HardenedService.Tests.Development;

public sealed class LocalClusterTests
{
    [Fact]
    public async Task A_directory_that_holds_something_else_is_left_as_it_is()
    {
        var directory = Path.Combine(Path.GetTempPath(), "hardened-service-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(directory);
        var letter = Path.Combine(directory, "letter.txt");
        await File.WriteAllTextAsync(letter, "Dear reader", TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<LocalClusterException>(() => LocalCluster.StartAsync(
            new LocalClusterOptions { DataDirectory = directory, Reset = true }, TestContext.Current.CancellationToken));

        Assert.Contains(directory, error.Message);
        Assert.Contains("not empty", error.Message);
        Assert.Equal([letter], Directory.GetFileSystemEntries(directory));
        Directory.Delete(directory, recursive: true);
    }
}
