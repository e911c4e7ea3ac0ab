using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace HardenedService.Operations.Load;

/// <summary>Signs people in before the load begins, as they would themselves.</summary>
internal static class LoadSignIn
{
    // Their passwords are hashed by few at once: more would only queue up, and be turned away.
    private const int AtOnce = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <param name="client">Of <see cref="LoadPlan.Connect"/>.</param>
    /// <param name="users">Who.</param>
    /// <param name="progress">Is told how many are in, one call at a time.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="LoadException">The service does not answer, or does not let them in.</exception>
    public static async Task AllAsync(HttpClient client, IEnumerable<LoadUser> users, Action<int> progress, CancellationToken cancel)
    {
        var (gate, count) = (new Lock(), 0);
        await Parallel.ForEachAsync(users, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (user, stop) =>
        {
            await OneAsync(client, user, stop);

            lock (gate)
            {
                progress(++count);
            }
        });
    }

    private static async Task OneAsync(HttpClient client, LoadUser user, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();

        while (true)
        {
            using var response = await AskAsync(client, user, cancel);
            var rest = Patience - watch.Elapsed;

            if (response.StatusCode == HttpStatusCode.Created)
            {
                Enter(user, await response.Content.ReadAsStringAsync(cancel), client);
                return;
            }

            if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) || rest <= TimeSpan.Zero)
            {
                throw new LoadException($"{client.BaseAddress} does not let the accounts of the test sign in: {await RefusalAsync(response, cancel)}.");
            }

            // It may ask for that: what it allows to one address is meant for strangers.
            var pause = response.Headers.RetryAfter?.Delta ?? LoadPlan.UsualPause;
            await Task.Delay(pause < rest ? pause : rest, cancel);
        }
    }

    private static void Enter(LoadUser user, string answer, HttpClient client)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            user.OrganizationId = json.RootElement.GetProperty("session").GetProperty("organizationId").GetGuid();
            user.Token = json.RootElement.GetProperty("token").GetString()!;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new LoadException($"{client.BaseAddress} answers a sign-in, and not with a session: it is another service.");
        }
    }

    // Not the answer itself: whatever stands there would be printed.
    private static async Task<string> RefusalAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);

        if (response.Headers.Location is { IsAbsoluteUri: true } elsewhere)
        {
            return $"{status}, it sends them to {elsewhere.GetLeftPart(UriPartial.Authority)}. Name that address";
        }

        try
        {
            using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancel));
            var code = json.RootElement.GetProperty("code").GetString()!;

            return $"{status} {string.Concat(code.Where(letter => char.IsAsciiLetterLower(letter) || letter == '_'))} (is it the service that uses the database of Operations:OperatorConnectionString?)";
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return $"{status}, and not as this service says it";
        }
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpClient client, LoadUser user, CancellationToken cancel)
    {
        try
        {
            using var request = LoadOperations.SignIn(user);

            return await client.SendAsync(request, cancel);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new LoadException($"{client.BaseAddress} does not answer: {exception.Message}");
        }
    }
}
