using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using HardenedService.Operations.Postgres;
using HardenedService.Tests.Shipping;

namespace HardenedStarter.Tests.Shipping;

/// <summary>
/// A service of the compose file that runs our image, as a process: its command, user, environment, secrets, privileges and file system are those of the
/// compose file and the Dockerfile. In the place of a container's walls stands a mount namespace, in the place of its address one of this machine.
/// </summary>
internal sealed class Container(JsonObject service, Dockerfile image, Composition composition)
{
    // What the namespace shows below /app lies at /mnt, the one directory that every system has and nobody needs.
    private const string Walls =
        """
        set -e
        app=$1 secrets=$2 hosts=$3 read_only=$4 user=$5 folder=$6
        shift 6
        mount --make-rprivate /
        mount --bind "$app" /mnt
        mount --bind "$hosts" /etc/hosts
        mount -t tmpfs tmpfs /run
        mkdir /run/secrets
        cp "$secrets"/* /run/secrets
        chmod 0444 /run/secrets/*
        mount -t tmpfs -o mode=1777,noexec,nosuid,nodev tmpfs /tmp
        [ "$read_only" != true ] || { mount -o remount,bind,ro /mnt; mount -o remount,bind,ro /run; mount -o remount,bind,ro /; }
        cd "$folder"
        exec setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- "$@"
        """;

    private readonly ConcurrentQueue<string> _output = [];

    public string Output => string.Join('\n', _output);

    /// <summary>Starts what it is there for.</summary>
    public SupervisedProcess Start() => Start(Command, service["stop_grace_period"] is null ? 10 : int.Parse($"{service["stop_grace_period"]}".TrimEnd('s'), CultureInfo.InvariantCulture));

    /// <summary>Runs what it is there for to its end.</summary>
    public async Task<int> RunAsync()
    {
        await using var process = Start();
        return await process.Exited.WaitAsync(TimeSpan.FromMinutes(2));
    }

    /// <summary>Asks as an engine would, until the answer is yes.</summary>
    public async Task BecomesHealthyAsync(TimeSpan limit)
    {
        for (var watch = Stopwatch.StartNew(); await InsideAsync([.. image.Single("HEALTHCHECK").Words!]) != 0;)
        {
            Assert.True(watch.Elapsed < limit, $"It is not healthy:\n{Output}");
        }
    }

    /// <summary>Runs a command inside of it.</summary>
    public async Task<int> InsideAsync(params string[] command)
    {
        await using var process = Start(command, 10);
        return await process.Exited.WaitAsync(TimeSpan.FromMinutes(1));
    }

    private IReadOnlyList<string> Command
    {
        get
        {
            var entrypoint = service["entrypoint"].Texts();
            return [.. entrypoint.Count > 0 ? entrypoint : image.Single("ENTRYPOINT").Words!, .. service["command"].Texts()];
        }
    }

    private SupervisedProcess Start(IReadOnlyList<string> command, int patience)
    {
        var secrets = composition.SecretsOf(service);
        var words = command.Select(Here).ToArray();
        words[0] = words[0] == "dotnet" ? composition.Dotnet : words[0];
        var start = new ProcessStartInfo(
            "unshare",
            [
                "--mount", "sh", "-c", Walls, "sh",
                composition.App, secrets, composition.Hosts, $"{service["read_only"]}", $"{service["user"]}", Here(image.Single("WORKDIR").Arguments), .. words,
            ]);
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");

        foreach (var setting in image.Final.Where(step => step.Name == "ENV").SelectMany(step => step.Arguments.Split(' ')))
        {
            start.Environment[setting.Split('=')[0]] = setting.Split('=')[1];
        }

        foreach (var (name, value) in service["environment"] as JsonObject ?? [])
        {
            start.Environment[name] = composition.Local($"{value}");
        }

        // A container has a network of its own, and may listen to all of it.
        if ((service["networks"] as JsonObject)?["service"]?["ipv4_address"] is { } address)
        {
            start.Environment["Service__Address"] = composition.Local($"{address}");
        }

        return SupervisedProcess.Start(start, "TERM KILL", TimeSpan.FromSeconds(patience), _output.Enqueue);
    }

    private static string Here(string path) => path.StartsWith("/app/", StringComparison.Ordinal) ? $"/mnt/{path["/app/".Length..]}" : path;
}
