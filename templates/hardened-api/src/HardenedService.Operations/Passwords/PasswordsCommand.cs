using System.CommandLine;
using System.Text;
using HardenedService.Platform.Security;

namespace HardenedService.Operations.Passwords;

/// <summary>The verb <c>passwords build</c>.</summary>
internal static class PasswordsCommand
{
    // Shorter ones no account may have, whatever its factors.
    private const int Shortest = 8;

    public static Command Create() => new("passwords", "Looks after the list of passwords that are too common.") { Build() };

    private static Command Build()
    {
        var output = new Argument<FileInfo>("output") { Description = "The file to write; the API holds src/HardenedService.Api/Identity/common-passwords.txt." };
        var lists = new Argument<FileInfo[]>("lists")
        {
            Description = "Files of common or breached passwords, one a line, in UTF-8; those of fewer than 8 characters are left out.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command("build", "Makes the list that the API is built with, from patterns of our own and from any word lists.") { output, lists };
        command.SetAction(async (call, cancel) =>
        {
            var files = call.GetRequiredValue(lists);

            if (files.FirstOrDefault(file => !file.Exists) is { } missing)
            {
                throw new UsageException($"{missing} does not exist.");
            }

            var list = PasswordBlocklist.Build(CommonPasswords.All().Concat(files.SelectMany(file => File.ReadLines(file.FullName, Encoding.UTF8).Where(line => line.Length >= Shortest))));
            using var text = new StringWriter();
            list.Save(text);
            var target = call.GetRequiredValue(output).FullName;

            try
            {
                await File.WriteAllTextAsync(target, text.ToString(), cancel);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new UsageException($"{target} cannot be written: {exception.Message}");
            }

            await call.InvocationConfiguration.Output.WriteLineAsync($"{target} is written. Build the API anew to have it take effect.");
        });
        return command;
    }
}
