using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace HardenedService.Operations.Load;

/// <summary>Signs people in before the load begins, as they would themselves.</summary>
internal static class LoadSignIn
{
    // Their passwords are hashed by few at once: more would only queue up, and be turned away.
    private const int AtOnce = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan UsualPause = TimeSpan.FromSeconds(1);

    /// <exception cref="LoadException">The service does not answer, or does not let them in.</exception>
    public static Task AllAsync(HttpClient client, IEnumerable<LoadUser> users, CancellationToken cancel) => Parallel.ForEachAsync(
        users, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (user, stop) => await OneAsync(client, user, stop));

    private static async Task OneAsync(HttpClient client, LoadUser user, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();

        while (true)
        {
            var (status, pause, answer) = await AskAsync(client, user, cancel);

            if (status == HttpStatusCode.Created)
            {
                using var json = JsonDocument.Parse(answer);
                user.Token = json.RootElement.GetProperty("token").GetString()!;
                user.OrganizationId = json.RootElement.GetProperty("session").GetProperty("organizationId").GetGuid();
                return;
            }

            if (status is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) || watch.Elapsed > Patience)
            {
                throw new LoadException(
                    $"{client.BaseAddress} does not let the accounts of the test sign in: {(int)status} {answer} "
                        + "(Is it the service that uses the database of Operations:OperatorConnectionString?)");
            }

            // It may ask for that: what it allows to one address is meant for strangers.
            await Task.Delay(pause, cancel);
        }
    }

    private static async Task<(HttpStatusCode Status, TimeSpan Pause, string Answer)> AskAsync(HttpClient client, LoadUser user, CancellationToken cancel)
    {
        try
        {
            using var request = LoadOperations.SignIn(user);
            using var response = await client.SendAsync(request, cancel);

            return (response.StatusCode, response.Headers.RetryAfter?.Delta ?? UsualPause, await response.Content.ReadAsStringAsync(cancel));
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new LoadException($"{client.BaseAddress} does not answer: {exception.Message}");
        }
    }
}
