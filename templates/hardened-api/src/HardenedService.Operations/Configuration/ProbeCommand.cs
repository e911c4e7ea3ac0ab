using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Configuration;

/// <summary>The verb <c>probe</c>: asks a replica on this machine for its health, where there is no other program that could.</summary>
internal static class ProbeCommand
{
    // More than the service gives its checks (Health:CheckTimeout): it is for whoever asks to be less patient.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan BetweenProbes = TimeSpan.FromMilliseconds(200);

    public static Command Create(IConfiguration configuration)
    {
        var question = new Argument<string>("what")
        {
            Description = "live, ready or startup, as on the management port.",
            DefaultValueFactory = _ => "ready",
        };
        question.AcceptOnlyFromAmong("live", "ready", "startup");
        var wait = new Option<int>("--wait") { Description = "Ask again for so many seconds, until the answer is yes.", HelpName = "seconds" };
        var command = new Command(
            "probe", "Asks the replica whose settings these are (Service:Address and Service:ManagementPort) for its health: 0 is yes, 1 is no.") { question, wait };
        command.SetAction(async (call, cancel) =>
        {
            var address = new Uri(ServiceAddress.Management(configuration), $"health/{call.GetRequiredValue(question)}");
            var (healthy, answer) = await AskAsync(address, TimeSpan.FromSeconds(call.GetValue(wait)), cancel);
            await (healthy ? call.InvocationConfiguration.Output : call.InvocationConfiguration.Error).WriteLineAsync(answer);

            return healthy ? 0 : 1;
        });
        return command;
    }

    private static async Task<(bool Healthy, string Answer)> AskAsync(Uri address, TimeSpan wait, CancellationToken cancel)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = Patience }) { Timeout = Patience };

        for (var watch = Stopwatch.StartNew(); ;)
        {
            var (healthy, answer) = await AskAsync(client, address, cancel);

            if (healthy || watch.Elapsed >= wait)
            {
                return (healthy, answer);
            }

            await Task.Delay(BetweenProbes, cancel);
        }
    }

    private static async Task<(bool Healthy, string Answer)> AskAsync(HttpClient client, Uri address, CancellationToken cancel)
    {
        try
        {
            using var response = await client.GetAsync(address, cancel);
            return (response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancel));
        }
        catch (HttpRequestException exception)
        {
            return (false, $"{address} does not answer: {exception.Message}");
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (false, $"{address} has not answered within {Patience.TotalSeconds} seconds.");
        }
    }
}
