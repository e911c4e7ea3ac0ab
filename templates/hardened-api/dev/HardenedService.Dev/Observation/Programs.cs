namespace HardenedService.Dev.Observation;

/// <summary>Programs of this machine.</summary>
internal static class Programs
{
    /// <summary>The first one of this name on PATH.</summary>
    public static string? Find(string name)
    {
        var file = OperatingSystem.IsWindows() ? $"{name}.exe" : name;

        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, file))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>How to install one.</summary>
    public static string Hint(string name) =>
        OperatingSystem.IsMacOS() ? $"brew install {name}"
        : OperatingSystem.IsWindows() ? $"winget search {name}"
        : name == "grafana" ? "from the packages of its makers"
        : $"sudo apt-get install {name}, or your distribution's package";
}
