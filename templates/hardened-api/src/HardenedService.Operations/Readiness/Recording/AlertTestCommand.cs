using System.CommandLine;
using System.Net.Http.Json;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Readiness.Recording;

/// <summary>The verb <c>readiness alert-test</c>.</summary>
internal static class AlertTestCommand
{
    private const int NotSent = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    // Long enough for whatever Alertmanager groups and delays by; then it resolves by itself.
    private static readonly TimeSpan Fires = TimeSpan.FromMinutes(10);

    public static Command Create(IConfiguration configuration)
    {
        var alertmanager = AddressOption.Create("--alertmanager", "Where Alertmanager answers, such as http://127.0.0.1:9093.", required: true, takesPath: true);
        var severity = new Option<string>("--severity") { Description = "Which route it takes.", DefaultValueFactory = _ => "page" };
        severity.AcceptOnlyFromAmong("page", "ticket");
        var command = new Command(
            "alert-test",
            "Sends Alertmanager an alert with a token that stands nowhere else. Whoever gets it tells the token, and `readiness record alert_delivery --token` takes it as proof. "
                + "Needs Operations:OperatorConnectionString. Exit codes: 0 sent, 1 not, 2 wrong usage.") { alertmanager, severity };
        command.SetAction(async (call, cancel) =>
        {
            var (output, error) = (call.InvocationConfiguration.Output, call.InvocationConfiguration.Error);
            var log = new EvidenceLog(configuration.RequireConnectionString("Operations:OperatorConnectionString"));
            var address = new Uri($"{call.GetRequiredValue(alertmanager)!.GetLeftPart(UriPartial.Path).TrimEnd('/')}/api/v2/alerts");
            var token = AlertToken.New();

            if (await SendAsync(address, token, call.GetRequiredValue(severity), cancel) is { } fault)
            {
                await error.WriteLineAsync(fault);
                return NotSent;
            }

            await log.WriteAsync(EvidenceKind.AlertTest, new { tokenHash = AlertToken.Hash(token), severity = call.GetRequiredValue(severity) }, cancel);
            await output.WriteLineAsync("Alertmanager has the alert ReadinessTest. Whoever gets it finds a token in it: `readiness record alert_delivery --token TOKEN --by NAME`, within 24 hours.");
            return 0;
        });
        return command;
    }

    // What went wrong; null if Alertmanager has it.
    private static async Task<string?> SendAsync(Uri address, string token, string severity, CancellationToken cancel)
    {
        var now = TimeProvider.System.GetUtcNow();
        object[] alerts =
        [
            new
            {
                labels = new { alertname = "ReadinessTest", job = "hardened-service", severity },
                annotations = new
                {
                    summary = $"A test of who gets alerts: the token is {token}",
                    description = $"Nothing is wrong. Please tell whoever tests this that you got it, with the token {token}.",
                },
                startsAt = now,
                endsAt = now + Fires,
            },
        ];
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, ConnectTimeout = Patience }) { Timeout = Patience };

        try
        {
            using var answer = await client.PostAsJsonAsync(address, alerts, cancel);

            return answer.IsSuccessStatusCode ? null : FormattableString.Invariant($"{address} answered {(int)answer.StatusCode}: is that Alertmanager?");
        }
        catch (HttpRequestException exception)
        {
            return $"{address} cannot be reached: {exception.Message}";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return FormattableString.Invariant($"{address} did not answer within {Patience.TotalSeconds:0} seconds.");
        }
    }
}
