using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using HardenedService.Operations;
using HardenedService.Operations.Postgres;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Dev;

/// <summary>
/// The drill of docs/backups.md on a service of its own, in which somebody has registered: shows that what this version stores comes back by what this
/// version restores. Of the backups of production it says nothing: these need their own.
/// </summary>
internal static class Drill
{
    private const string Email = "canary@example.com";

    private static readonly TimeSpan LongestDelivery = TimeSpan.FromMinutes(1);

    /// <summary>Runs it, and tells that it went well.</summary>
    /// <exception cref="DevException">It did not.</exception>
    public static async Task<string> RunAsync(string? postgres, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("drill-");

        try
        {
            return await ThrowawayService.RunAsync(postgres, services => UseAsync(services, folder, postgres, stop), stop);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> UseAsync(DevServices services, DirectoryInfo folder, string? postgres, CancellationToken stop)
    {
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await RegisterAsync(services, password, stop);
        var key = Path.Combine(folder.FullName, "backup.key");
        PrivateFile.Write(key, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        using var configuration = new ConfigurationManager();
        configuration["Backup:Directory"] = Path.Combine(folder.FullName, "backups");
        configuration["Backup:KeyFile"] = key;
        configuration[DevServices.Operator] = services.ConsoleSettings[DevServices.Operator];
        configuration["Recovery:Canary:Email"] = Email;
        configuration["Recovery:Canary:Password"] = password;
        string[] programs = postgres is null ? [] : ["--postgres", postgres];

        foreach (var verb in (string[])["backup", "restore-drill"])
        {
            if (await OperationsConsole.InvokeAsync([verb, .. programs], configuration, Console.Out, Console.Error, stop) != 0)
            {
                throw new DevException($"{verb} failed: see above.");
            }
        }

        return "The backup was restored, and is sound.";
    }

    // As anybody would.
    private static async Task RegisterAsync(DevServices services, string password, CancellationToken stop)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = services.Api };
        await PostAsync("/v1/accounts", new { email = Email, password }, HttpStatusCode.Accepted);
        var token = await MailedTokenAsync(services, stop);
        await PostAsync("/v1/accounts/confirm", new { token, password }, HttpStatusCode.NoContent);

        async Task PostAsync(string path, object body, HttpStatusCode expected)
        {
            try
            {
                using var response = await client.PostAsJsonAsync(path, body, stop);

                if (response.StatusCode != expected)
                {
                    throw new DevException($"POST {path} answers {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(stop)}");
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException { InnerException: TimeoutException })
            {
                throw new DevException($"POST {path} is not answered: {exception.Message}");
            }
        }
    }

    private static async Task<string> MailedTokenAsync(DevServices services, CancellationToken stop)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < LongestDelivery;)
        {
            if (services.Mail.Mails(Email).Select(mail => mail.Token).FirstOrDefault(token => token is not null) is { } token)
            {
                return token;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), stop);
        }

        throw new DevException($"No mail for {Email} came within {LongestDelivery.TotalSeconds:0} s.");
    }
}
