using System.Diagnostics;

namespace HardenedService.Operations.Postgres;

/// <summary>Who runs PostgreSQL: ourselves, or an unprivileged user if we are root, because PostgreSQL refuses to run as root.</summary>
internal sealed class ClusterAccount
{
    private static readonly string[] Unprivileged = ["postgres", "nobody"];

    /// <summary>Who we are.</summary>
    public static readonly ClusterAccount Ourselves = new(Environment.UserName, null, []);

    private readonly string[] _prefix;
    private readonly string? _ids;

    private ClusterAccount(string name, string? ids, string[] prefix)
    {
        Name = name;
        _ids = ids;
        _prefix = prefix;
    }

    /// <summary>The user's name.</summary>
    public string Name { get; }

    /// <summary>Whether that is someone else than who we are.</summary>
    public bool IsOther => _ids is not null;

    /// <summary>Chooses the user.</summary>
    /// <exception cref="LocalClusterException">We are root, and cannot become anybody else.</exception>
    public static ClusterAccount Choose()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return Ourselves;
        }

        var users = File.ReadAllLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length >= 4).ToList();
        var user = Unprivileged.Select(name => users.Find(fields => fields[0] == name)).FirstOrDefault(fields => fields is not null)
            ?? throw new LocalClusterException("PostgreSQL does not run as root, and /etc/passwd knows neither 'postgres' nor 'nobody': run this as an ordinary user.");
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var setpriv = path.Append("/usr/bin").Select(entry => Path.Combine(entry, "setpriv")).FirstOrDefault(File.Exists)
            ?? throw new LocalClusterException("PostgreSQL does not run as root, and setpriv (package util-linux), which starts it as another user, is missing: install it, or run this as an ordinary user.");
        return new ClusterAccount(
            user[0], $"{user[2]}:{user[3]}", [setpriv, $"--reuid={user[2]}", $"--regid={user[3]}", "--clear-groups", "--"]);
    }

    /// <summary>A command that this user runs, free of what the environment would tell PostgreSQL's programs.</summary>
    public ProcessStartInfo Command(string program, params string[] arguments)
    {
        string[] command = [.. _prefix, program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        if (!OperatingSystem.IsWindows())
        {
            // Our own directory may be one that this user cannot enter.
            start.WorkingDirectory = "/";
        }

        return start;
    }

    /// <summary>Asks <c>test</c>, as this user, such as whether it owns (-O) or may enter (-x) a directory.</summary>
    public async Task<bool> TestAsync(string question, string path, CancellationToken cancel) =>
        OperatingSystem.IsWindows() || (await SupervisedProcess.RunAsync(Command("test", question, path), cancel)).ExitCode == 0;

    /// <summary>Gives files of ours to this user.</summary>
    public async Task GiveAsync(string[] paths, CancellationToken cancel)
    {
        if (_ids is null)
        {
            return;
        }

        var (exitCode, output) = await SupervisedProcess.RunAsync(new ProcessStartInfo("chown", ["-R", _ids, .. paths]), cancel);
        if (exitCode != 0)
        {
            throw new LocalClusterException($"The user '{Name}' cannot be given {paths[0]}: {output}");
        }
    }
}
