using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
//#if (documents)
using HardenedService.Dev.Documents;
//#endif
using HardenedService.Dev.Mail;
using HardenedService.Dev.Observation;
using HardenedService.Operations.Databases;
using HardenedService.Operations.Migrations;
using HardenedService.Operations.Postgres;
using HardenedService.Platform.Configuration;
using Npgsql;

namespace HardenedService.Dev;

/// <summary>One run, from the free port to the last process gone.</summary>
internal static class DevRun
{
    /// <summary>Runs until something ends by itself, and tells what; or until what is given has been done with it. Leaves nothing running, whichever way it ends.</summary>
    /// <exception cref="OperationCanceledException">We were asked to stop.</exception>
    /// <exception cref="DevException">A port is taken, or the API does not become ready.</exception>
    public static async Task<string> RunAsync(DevOptions options, CancellationToken stop, Func<DevServices, Task<string>>? use = null)
    {
        // Held until each is needed: whatever takes a free port meanwhile, such as PostgreSQL, gets another one.
        var ports = HoldPorts((options.MailPort, "--mail-port"), (options.Port, "--port"), (options.ManagementPort, "--management-port"));

        // Disposed from the last to the first: the API stops before its database.
        await using var cluster = await LocalCluster.StartAsync(
            new LocalClusterOptions
            {
                DataDirectory = options.Data,
                Binaries = PostgresBinaries.Find(options.Postgres),
                Reset = options.Reset,
                Notice = Say,
            },
            stop);
        var passwords = RolePasswordsIn(cluster.DataDirectory);
        Say("applying migrations");
        await Provisioning.ApplyAsync(cluster.ConnectionString(), Provisioning.DefaultDatabase, passwords, stop);
        await new Migrator(As(cluster, DatabaseRoles.Owner, passwords.Owner), Console.Error).UpAsync(to: null, stop);

        ports[0].Dispose();
        await using var mail = await MailCatcher.StartAsync(options.MailPort, stop);
        //#if (documents)
        await using var fakes = await FakeSystems.StartAsync(stop);
        Say($"fake scanner and reviewer: GET or PUT {fakes.Address}scanner and {fakes.Address}reviewer");
        //#endif
        Say("starting the API");
        ports.ForEach(port => port.Dispose());
        await using var api = ApiProcess.Start(
            options,
            //#if (documents)
            fakes,
            //#endif
            As(cluster, DatabaseRoles.App, passwords.App),
            mail.SmtpPort);
        await api.ReadyAsync(stop);
        await using var observers = options.Observe ? Observers.Start(Path.Combine(cluster.DataDirectory, "observe"), options.ManagementPort, Say) : null;
        var services = new DevServices(new Uri($"http://127.0.0.1:{options.Port}"), ConsoleSettings(options, cluster, passwords), mail);
        Say($"the console's settings are in {services.WriteConsoleSettings(cluster.DataDirectory)}: name it in Secrets__Directory");
        await Console.Out.WriteLineAsync($"ready http://127.0.0.1:{options.Port}");
        if (use is not null)
        {
            return await use(services);
        }

        var ended = await Task.WhenAny(api.Exited, cluster.Exited).WaitAsync(stop);
        return ended == cluster.Exited
            ? $"PostgreSQL ended by itself: its log is in {cluster.DataDirectory}."
            : $"the API ended by itself, with exit code {await api.Exited}: its output is above.";
    }

    /// <summary>Tells what happens, apart from the API's output and the one line that tools wait for.</summary>
    public static void Say(string line) => Console.Error.WriteLine(line);

    private static string As(LocalCluster cluster, string role, string password) =>
        new NpgsqlConnectionStringBuilder(cluster.ConnectionString(Provisioning.DefaultDatabase)) { Username = role, Password = password }.ConnectionString;

    private static Dictionary<string, string> ConsoleSettings(DevOptions options, LocalCluster cluster, RolePasswords passwords) => new()
    {
        [DevServices.Operator] = As(cluster, DatabaseRoles.Operator, passwords.Operator),
        ["Operations:OwnerConnectionString"] = As(cluster, DatabaseRoles.Owner, passwords.Owner),
        ["Database:ConnectionString"] = As(cluster, DatabaseRoles.App, passwords.App),
        ["Service:Address"] = "localhost",
        ["Service:Port"] = $"{options.Port}",
        ["Service:ManagementPort"] = $"{options.ManagementPort}",
        ["Service:PublicUrl"] = $"http://localhost:{options.Port}",
    };

    private static List<Socket> HoldPorts(params (int Port, string Option)[] ports)
    {
        var held = new List<Socket>();

        foreach (var (port, option) in ports)
        {
            if (port is < 1 or > IPEndPoint.MaxPort)
            {
                throw new DevException($"{option} must be a port from 1 to {IPEndPoint.MaxPort}.");
            }

            if (Array.Find(ports, other => other.Port == port).Option != option)
            {
                throw new DevException($"{option} must differ from the other ports.");
            }

            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            held.Add(socket);

            try
            {
                // Bound, and not listening: nobody shall take it for the service.
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            }
            catch (SocketException)
            {
                throw new DevException($"port {port} is taken: stop what listens there, or choose another with {option}.");
            }
        }

        return held;
    }

    // Kept, so that a developer's database tool stays signed in. The mark keeps them out of production.
    private static RolePasswords RolePasswordsIn(string directory)
    {
        var file = Path.Combine(directory, "role-passwords.json");
        if (!File.Exists(file))
        {
            PrivateFile.Write(file, JsonSerializer.Serialize(new RolePasswords(NewPassword(), NewPassword(), NewPassword())));
        }

        return JsonSerializer.Deserialize<RolePasswords>(File.ReadAllText(file))!;

        static string NewPassword() => DevelopmentSecret.Mark + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
    }
}
