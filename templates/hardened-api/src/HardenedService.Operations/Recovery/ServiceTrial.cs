using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using HardenedService.Operations.Postgres;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Recovery;

/// <summary>
/// Starts the API on a restored database, for nobody but us: that it gets ready shows more than any query does. It has the settings that we have, but
/// for what leads outside: mails, telemetry, and the database in use.
/// </summary>
internal sealed class ServiceTrial(IConfiguration configuration)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly string[] Ours = ["Operations", "Backup", "Recovery", "Seq", "Secrets", "DOTNET_ENVIRONMENT"];

    /// <summary>The program that runs this process; a `dotnet` on PATH may be another one, or missing.</summary>
    public static string DotnetHost { get; } = Path.GetFullPath(Path.Combine(
        RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    /// <summary>The API: named by Recovery:Api, or beside this program, or where the same build put it. Null if it is nowhere.</summary>
    public string? Program { get; } = Find(configuration["Recovery:Api"]);

    /// <summary>Starts it, and returns what is wrong, once it is ready and the canary has signed in, if there is one.</summary>
    /// <param name="connectionString">The restored database.</param>
    /// <param name="directory">An empty directory, in the place of that of secrets: what lies there has been read, and would win.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Null if all is well.</returns>
    public async Task<string?> RunAsync(string connectionString, string directory, CancellationToken cancel)
    {
        var fault = await TryAsync(connectionString, directory, cancel);

        // Ports that were free may be taken by the time that it listens.
        return fault?.Contains("address already in use", StringComparison.OrdinalIgnoreCase) == true ? await TryAsync(connectionString, directory, cancel) : fault;
    }

    /// <summary>An account that somebody registered for this, as any other.</summary>
    public (string? Email, string? Password) Canary => (configuration["Recovery:Canary:Email"], configuration["Recovery:Canary:Password"]);

    private async Task<string?> TryAsync(string connectionString, string directory, CancellationToken cancel)
    {
        var ports = FreePorts.Take(2);
        var (service, management) = (ports[0], ports[1]);
        var said = new List<string>();
        await using var process = SupervisedProcess.Start(Command(connectionString, directory, service, management), "TERM KILL", TimeSpan.FromSeconds(30), line =>
        {
            lock (said)
            {
                said.Add(line);
            }
        });
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });

        if (await ReadyAsync(client, new($"http://127.0.0.1:{management}/health/ready"), process, cancel) is { } answer)
        {
            lock (said)
            {
                return $"The API does not get ready on it: {answer}{Environment.NewLine}{string.Join(Environment.NewLine, said.TakeLast(10))}";
            }
        }

        return Canary is (null, _) ? null : await SignInAsync(client, new($"http://127.0.0.1:{service}/v1/sessions"), cancel);
    }

    private static string? Find(string? named)
    {
        if (named is not null)
        {
            return File.Exists(named) ? Path.GetFullPath(named) : throw new UsageException($"Recovery:Api: there is no {named}.");
        }

        var ours = typeof(ServiceTrial).Assembly.GetName().Name!;
        var name = $"{Path.GetFileNameWithoutExtension(ours)}.Api";
        var here = AppContext.BaseDirectory;
        string[] places = [here, here.Replace(ours, name, StringComparison.Ordinal)];

        return places.Select(place => Path.Combine(place, $"{name}.dll")).FirstOrDefault(File.Exists);
    }

    private static async Task<string?> ReadyAsync(HttpClient client, Uri health, SupervisedProcess process, CancellationToken cancel)
    {
        var answer = "it does not answer";

        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience && !process.Exited.IsCompleted;)
        {
            try
            {
                using var response = await client.GetAsync(health, cancel);

                if (response.IsSuccessStatusCode)
                {
                    return null;
                }

                answer = await response.Content.ReadAsStringAsync(cancel);
            }
            catch (HttpRequestException exception)
            {
                answer = exception.Message;
            }

            await Task.WhenAny(process.Exited, Task.Delay(TimeSpan.FromMilliseconds(50), cancel));
        }

        return process.Exited.IsCompleted ? $"it ended with exit code {await process.Exited}" : answer;
    }

    private async Task<string?> SignInAsync(HttpClient client, Uri sessions, CancellationToken cancel)
    {
        using var response = await client.PostAsJsonAsync(sessions, new { email = Canary.Email, password = Canary.Password, transport = "bearer" }, cancel);

        return response.StatusCode == HttpStatusCode.Created ? null : $"The canary {Canary.Email} cannot sign in: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancel)}";
    }

    private ProcessStartInfo Command(string connectionString, string directory, int service, int management)
    {
        var start = new ProcessStartInfo(DotnetHost, [Program!]) { WorkingDirectory = Path.GetDirectoryName(Program)! };

        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("OTEL_", StringComparison.Ordinal) || Array.Exists(Ours, ours => Is(name, ours, "__"))).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (key, value) in configuration.AsEnumerable().Where(setting => setting.Key.Contains(':', StringComparison.Ordinal) && !Array.Exists(Ours, ours => Is(setting.Key, ours, ":"))))
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var settings = new Dictionary<string, string>
        {
            // What production demands, such as TLS to the database, a private copy does not have.
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Secrets__Directory"] = directory,
            ["Database__ConnectionString"] = connectionString,
            ["Service__Address"] = "127.0.0.1",
            ["Service__Port"] = service.ToString(CultureInfo.InvariantCulture),
            ["Service__ManagementPort"] = management.ToString(CultureInfo.InvariantCulture),
            ["Service__PublicUrl"] = $"http://localhost:{service}",
            ["AllowedHosts"] = "*",
            ["Proxies__Enabled"] = "false",
            ["Mail__Host"] = "127.0.0.1",
            ["Mail__Port"] = "1",
            ["Mail__Security"] = "None",
            ["Mail__From"] = "no-reply@localhost",
            ["Shutdown__DrainDelay"] = "00:00:00",
        };

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        //#if (documents)
        start.Environment["Scanner__Host"] = "127.0.0.1";
        start.Environment["Scanner__Port"] = "1";
        start.Environment["Outbound__Reviewer__BaseAddress"] = "http://127.0.0.1:1";
        //#endif
        return start;
    }

    private static bool Is(string key, string section, string delimiter) =>
        key.Equals(section, StringComparison.OrdinalIgnoreCase) || key.StartsWith(section + delimiter, StringComparison.OrdinalIgnoreCase);
}
