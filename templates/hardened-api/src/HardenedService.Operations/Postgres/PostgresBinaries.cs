using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace HardenedService.Operations.Postgres;

/// <summary>The directory that holds PostgreSQL's programs, version 15 or newer.</summary>
internal sealed partial class PostgresBinaries
{
    private const int OldestMajor = 15;

    private static readonly string[] Tools = ["initdb", "postgres", "pg_ctl", "pg_dump"];

    // A star stands for a version: each of these places can hold several, and the newest is taken.
    private static readonly string[] Places =
        OperatingSystem.IsWindows() ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL", "*", "bin")]
        : OperatingSystem.IsMacOS() ?
        [
            "/opt/homebrew/opt/postgresql@*/bin",
            "/opt/homebrew/opt/postgresql/bin",
            "/usr/local/opt/postgresql@*/bin",
            "/usr/local/opt/postgresql/bin",
        ]
        : ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"];

    private PostgresBinaries(string directory, Version version)
    {
        Directory = directory;
        Version = version;
    }

    /// <summary>The directory, with symbolic links resolved.</summary>
    public string Directory { get; }

    /// <summary>Major and minor version.</summary>
    public Version Version { get; }

    /// <summary>The full path of one program.</summary>
    public string Tool(string name) => PathOf(Directory, name);

    /// <summary>Takes the directory if one is given; otherwise searches PATH, then the places where installers put PostgreSQL.</summary>
    /// <exception cref="PostgresNotFoundException">There is none, or it is older than 15.</exception>
    public static PostgresBinaries Find(string? directory = null) =>
        directory is not null
            ? Search([directory], directory)
            : Search(OnPath().Concat(Places.SelectMany(Expand)), $"PATH and {string.Join(", ", Places)}");

    /// <summary>Takes the first directory that holds a PostgreSQL that is new enough.</summary>
    internal static PostgresBinaries Search(IEnumerable<string> directories, string searched)
    {
        var tooOld = "";
        foreach (var directory in directories.Where(IsComplete).Distinct())
        {
            var version = ReadVersion(PathOf(directory, "postgres"));
            if (version.Major >= OldestMajor)
            {
                return new PostgresBinaries(Path.GetFullPath(directory), version);
            }

            tooOld = $" (version {version} in {directory} is too old)";
        }

        throw new PostgresNotFoundException(
            $"PostgreSQL {OldestMajor} or newer was not found{tooOld}: looked for {string.Join(", ", Tools)} side by side in {searched}; "
            + $"install it ({InstallHint()}) or name the directory of its programs with --postgres.");
    }

    private static bool IsComplete(string directory) => Tools.All(tool => File.Exists(PathOf(directory, tool)));

    private static string PathOf(string directory, string tool) =>
        Path.Combine(directory, OperatingSystem.IsWindows() ? tool + ".exe" : tool);

    // A distribution may link only some of the programs, or wrapper scripts of the same name, into PATH: what counts is where the links lead.
    private static IEnumerable<string> OnPath() =>
        from entry in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        from tool in Tools
        let file = new FileInfo(PathOf(entry, tool))
        where file.Exists
        let target = file.ResolveLinkTarget(returnFinalTarget: true) ?? file
        select Path.GetDirectoryName(target.FullName)!;

    private static IEnumerable<string> Expand(string place)
    {
        var star = place.IndexOf('*', StringComparison.Ordinal);
        if (star < 0)
        {
            return [place];
        }

        var cut = place.LastIndexOfAny(['/', '\\'], star);
        var parent = place[..cut];
        var pattern = Path.GetDirectoryName(place)![(cut + 1)..];
        return System.IO.Directory.Exists(parent)
            ? System.IO.Directory.GetDirectories(parent, pattern)
                .OrderByDescending(found => ToInt(Digits().Match(Path.GetFileName(found))))
                .Select(found => Path.Combine(found, "bin"))
            : [];
    }

    private static Version ReadVersion(string postgres)
    {
        var start = new ProcessStartInfo(postgres, "--version") { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start) ?? throw new PostgresNotFoundException($"{postgres} cannot be started.");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var match = VersionNumber().Match(output);
        return match.Success
            ? new Version(ToInt(match.Groups["major"]), ToInt(match.Groups["minor"]))
            : throw new PostgresNotFoundException($"{postgres} --version does not answer like PostgreSQL: '{output.Trim()}'.");
    }

    // A beta has no minor version, and a directory's name may have no digits.
    private static int ToInt(Group digits) => int.TryParse(digits.ValueSpan, CultureInfo.InvariantCulture, out var value) ? value : 0;

    private static string InstallHint() =>
        OperatingSystem.IsWindows() ? "winget install PostgreSQL.PostgreSQL.17"
        : OperatingSystem.IsMacOS() ? "brew install postgresql@17"
        : "sudo apt-get install postgresql, or your distribution's server package";

    [GeneratedRegex(@"\d+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();

    [GeneratedRegex(@"PostgreSQL\) (?<major>\d+)(\.(?<minor>\d+))?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionNumber();
}
