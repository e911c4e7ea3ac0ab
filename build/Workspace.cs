namespace HardenedStarter.Build;

/// <summary>A temporary directory that goes when its owner does.</summary>
internal sealed class Workspace : IDisposable
{
    private const UnixFileMode OwnerAndPassersBy =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public Workspace()
    {
        Root = Directory.CreateTempSubdirectory("hardened-starter-").FullName;
        if (!OperatingSystem.IsWindows())
        {
            // Started as root, the cluster belongs to another user, who has to pass through here.
            File.SetUnixFileMode(Root, OwnerAndPassersBy);
        }
    }

    public string Root { get; }

    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(Root, name)).FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
