using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace HardenedService.Platform.RateLimiting;

/// <summary>How many attempts in how long, in windows that begin with their first attempt.</summary>
public sealed record AttemptLimit
{
    /// <summary>How many attempts a window takes, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int Attempts { get; init; }

    /// <summary>How long a window lasts, a second to a day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Window { get; init; }
}

/// <summary>What an attempt counts against.</summary>
/// <param name="Name">The limit's name, so that limits do not share their counts.</param>
/// <param name="Subject">Whom it counts for: an account, a network. Only a hash of it is stored.</param>
/// <param name="Limit">How many in how long.</param>
public sealed record AttemptWindow(string Name, string Subject, AttemptLimit Limit)
{
    internal byte[] Id { get; } = SHA256.HashData(Encoding.UTF8.GetBytes($"{Name}\0{Subject}"));
}

/// <summary>An attempt was refused. Answered with 429 <c>rate_limited</c>.</summary>
/// <param name="retryAfter">How long until no window is full any more.</param>
public sealed class AttemptRefusedException(TimeSpan retryAfter) : Exception("Too many attempts.")
{
    /// <summary>How long until no window is full any more.</summary>
    public TimeSpan RetryAfter => retryAfter;
}

/// <summary>An attempt that was reserved in all of its windows, or in none of them.</summary>
public sealed class Attempt
{
    private readonly Func<Task>? _giveBack;

    internal Attempt(Func<Task> giveBack) => _giveBack = giveBack;

    internal Attempt(TimeSpan retryAfter, AttemptWindow full) => (RetryAfter, Full) = (retryAfter, full);

    /// <summary>Whether a window was full.</summary>
    public bool IsRefused => RetryAfter is not null;

    /// <summary>How long until no window is full any more; null if the attempt was let through.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The full window that ends last; null if the attempt was let through.</summary>
    internal AttemptWindow? Full { get; }

    /// <summary>Ends the call of a refused attempt: 429 with Retry-After.</summary>
    /// <returns>The attempt, which was let through.</returns>
    /// <exception cref="AttemptRefusedException">It was refused.</exception>
    public Attempt OrThrow() => RetryAfter is { } wait ? throw new AttemptRefusedException(wait) : this;

    /// <summary>Does what the attempt was reserved for. One that breaks off before there is a result does not count.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="work">The work.</param>
    /// <returns>The work's result.</returns>
    public async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);

        try
        {
            return await work();
        }
        catch (Exception exception)
        {
            // Of a database that does not answer, this would only be one more wait. EF Core wraps what it throws then.
            if (ExceptionProblems.Causes(exception).OfType<NpgsqlException>().FirstOrDefault() is null or PostgresException)
            {
                await GiveBackAsync();
            }

            throw;
        }
    }

    /// <summary>Takes the attempt out of its windows, since it succeeded. Nothing happens in a window that has ended since.</summary>
    /// <returns>A task that ends when it is done, or the store was out of reach, which is logged.</returns>
    public Task GiveBackAsync() => _giveBack?.Invoke() ?? Task.CompletedTask;

    internal static void SetRetryAfter(HttpResponse response, TimeSpan wait) =>
        response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
