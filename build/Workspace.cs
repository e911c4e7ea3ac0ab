namespace HardenedStarter.Build;

/// <summary>A temporary directory that goes when its owner does; if the owner was killed, when the next one comes.</summary>
internal sealed class Workspace : IDisposable
{
    private const string Prefix = "hardened-starter-";
    private const string LockName = "workspace.lock";

    private const UnixFileMode OwnerAndPassersBy =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly FileStream _lock;

    public Workspace()
    {
        foreach (var left in Directory.EnumerateDirectories(Path.GetTempPath(), $"{Prefix}*"))
        {
            RemoveIfLeft(left);
        }

        Root = Directory.CreateTempSubdirectory(Prefix).FullName;
        _lock = Hold(Root, FileMode.CreateNew);
        if (!OperatingSystem.IsWindows())
        {
            // Started as root, the cluster belongs to another user, who has to pass through here.
            File.SetUnixFileMode(Root, OwnerAndPassersBy);
        }
    }

    public string Root { get; }

    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(Root, name)).FullName;

    public void Dispose()
    {
        _lock.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private static FileStream Hold(string directory, FileMode mode) =>
        new(Path.Combine(directory, LockName), mode, FileAccess.ReadWrite, FileShare.None);

    private static void RemoveIfLeft(string directory)
    {
        try
        {
            Hold(directory, FileMode.Open).Dispose();
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // In use, or another user's: whoever it belongs to removes it.
            return;
        }
    }
}
