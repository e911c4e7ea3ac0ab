using HardenedService.Operations;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Security;

[Wall("A5")]
public sealed class PasswordBlocklistTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_list_in_the_api_is_what_the_console_makes()
    {
        var built = await BuildAsync();
        using var shipped = new StringWriter();
        Api.Identity.PasswordExtensions.CommonPasswords().Save(shipped);

        Assert.Equal(shipped.ToString(), built);
        Assert.True(built.Length <= PasswordBlocklist.MaxFileSize);
    }

    [Fact]
    public async Task Word_lists_add_to_our_own()
    {
        await File.WriteAllTextAsync(Words, "the fox and the hedgehog\nshort\n\u00dcberraschung am Morgen\r\n");
        var list = PasswordBlocklist.Load(new StringReader(await BuildAsync(Words)));

        Assert.True(list.Contains("The F0x and the Hedgehog"));
        Assert.True(list.Contains("\u00fcberraschung-am-morgen"));
        Assert.True(list.Contains("passwordpassword"));
        Assert.False(list.Contains("the fox and the badger"));
    }

    [Fact]
    public void Of_ten_thousand_good_passwords_fewer_than_ten_are_taken_for_common_ones()
    {
        var list = Api.Identity.PasswordExtensions.CommonPasswords();

        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => list.Contains($"a good one, number {i * 7919} of many")), 0, 9);
    }

    [Fact]
    public void A_list_that_would_refuse_good_passwords_is_not_made() =>
        Assert.Contains("most common", Assert.Throws<InvalidDataException>(
            () => PasswordBlocklist.Build(Enumerable.Range(0, 500_000).Select(i => $"{i}"))).Message);

    [Fact]
    public void The_largest_list_is_a_file_of_at_most_one_mebibyte()
    {
        using var file = new StringWriter();
        PasswordBlocklist.Build(Enumerable.Range(0, 380_000).Select(i => $"word {i * 2}x")).Save(file);

        Assert.InRange(file.ToString().Length, 900_000, PasswordBlocklist.MaxFileSize);
    }

    [Theory]
    [InlineData("")]
    [InlineData("password\n123456\n")]
    [InlineData("password-blocklist-1\nno base64!\n")]
    public void Something_else_is_no_list(string text) =>
        Assert.Throws<InvalidDataException>(() => PasswordBlocklist.Load(new StringReader(text)));

    [Fact]
    public async Task A_word_list_that_is_not_there_is_named()
    {
        using var error = new StringWriter();

        Assert.Equal(2, await OperationsConsole.InvokeAsync(["passwords", "build", Output, Words], Nothing, TextWriter.Null, error, CancellationToken.None));
        Assert.Contains(Words, error.ToString());
    }

    private static IConfiguration Nothing => new ConfigurationBuilder().Build();

    private string Output => Path.Combine(_folder.FullName, "list.txt");

    private string Words => Path.Combine(_folder.FullName, "words.txt");

    private async Task<string> BuildAsync(params string[] lists)
    {
        Assert.Equal(0, await OperationsConsole.InvokeAsync(["passwords", "build", Output, .. lists], Nothing, TextWriter.Null, TextWriter.Null, CancellationToken.None));

        return await File.ReadAllTextAsync(Output);
    }
}
