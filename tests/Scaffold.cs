using System.Text.Json;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

/// <summary>What `dotnet new` made.</summary>
internal sealed record Scaffold(string Directory)
{
    private static readonly string[] BuildOutput = ["bin", "obj"];

    /// <summary>Paths below the directory, with slashes, in a fixed order.</summary>
    public IReadOnlyList<string> Files { get; } =
    [
        .. System.IO.Directory.EnumerateFiles(Directory, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Directory, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(BuildOutput.Contains))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Those that came since.</summary>
    public IEnumerable<string> NewFiles => new Scaffold(Directory).Files.Except(Files, StringComparer.Ordinal);

    public string Solution => Files.Single(file => file.EndsWith(".sln", StringComparison.Ordinal));

    public string Read(string file) => File.ReadAllText(Path.Combine(Directory, file));

    public byte[] ReadBytes(string file) => File.ReadAllBytes(Path.Combine(Directory, file));

    public Answers ReadAnswers() => JsonSerializer.Deserialize<Answers>(Read(".hardened/answers.json"), JsonSerializerOptions.Web)!;

    public Task<DotnetResult> DotnetAsync(params string[] arguments) => Dotnet.RunAsync(Directory, CancellationToken.None, arguments);

    public Task<DotnetResult> BuildAsync(params string[] options) => DotnetAsync(["build", Solution, "-v", "q", "--nologo", "-warnaserror", .. options]);
}

/// <summary>.hardened/answers.json</summary>
internal sealed record Answers(string Template, string Version, string Name, string Feed, string Sample, int Port, int ManagementPort, int MailPort)
{
    /// <summary>The ports as options, to get them again.</summary>
    public string[] PortOptions => ["--port", $"{Port}", "--management-port", $"{ManagementPort}", "--mail-port", $"{MailPort}"];
}
