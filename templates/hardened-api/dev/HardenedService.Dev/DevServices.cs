using HardenedService.Dev.Mail;
using HardenedService.Operations.Postgres;

namespace HardenedService.Dev;

/// <summary>What runs, once it is ready.</summary>
/// <param name="Api">Where the API answers.</param>
/// <param name="ConsoleSettings">What the operator's console has to be told to operate it.</param>
/// <param name="Mail">Where the mails are.</param>
internal sealed record DevServices(Uri Api, IReadOnlyDictionary<string, string> ConsoleSettings, MailCatcher Mail)
{
    /// <summary>The setting that says how the operator connects.</summary>
    public const string Operator = "Operations:OperatorConnectionString";

    /// <summary>Writes the settings to files that the console reads, a file for each. They are the next run's as well, with its own ports.</summary>
    /// <returns>The directory.</returns>
    public string WriteConsoleSettings(string data)
    {
        var directory = Directory.CreateDirectory(Path.Combine(data, "console")).FullName;

        foreach (var (name, value) in ConsoleSettings)
        {
            PrivateFile.Write(Path.Combine(directory, name.Replace(":", "__", StringComparison.Ordinal)), value);
        }

        return directory;
    }
}
