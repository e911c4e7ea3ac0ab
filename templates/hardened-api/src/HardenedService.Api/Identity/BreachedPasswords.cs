using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Identity;

/// <summary>
/// Asks a range API whether a password is known from a breach. It learns five digits of a hash, which thousands of passwords share. While it
/// does not answer, every password passes: the list that is built in holds all the same.
/// </summary>
internal sealed partial class BreachedPasswords : IDisposable
{
    private const int PrefixLength = 5;

    // A range is some 40 KB.
    private const int MaxAnswer = 1024 * 1024;

    private readonly HttpClient _client;
    private readonly Uri? _url;
    private readonly ILogger<BreachedPasswords> _logger;

    public BreachedPasswords(IOptions<BreachedPasswordOptions> options, ILogger<BreachedPasswords> logger)
    {
        _url = options.Value.Url;
        _logger = logger;
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = options.Value.Timeout,
            MaxResponseContentBufferSize = MaxAnswer,

            // Answers of the same length, whatever the range.
            DefaultRequestHeaders = { { "Add-Padding", "true" } },
        };
    }

    public async Task<bool> ContainsAsync(string normalizedPassword, CancellationToken cancel)
    {
        if (_url is null)
        {
            return false;
        }

        var hash = Sha1(normalizedPassword);

        try
        {
            var range = await _client.GetStringAsync(new Uri($"{_url.ToString().TrimEnd('/')}/{hash[..PrefixLength]}"), cancel);

            // A line is the rest of a hash and how often it was seen; what was never seen is padding.
            return range.Split('\n').Select(line => line.Trim().Split(':')).Any(
                line => line.Length == 2 && line[0].Equals(hash[PrefixLength..], StringComparison.OrdinalIgnoreCase) && line[1] != "0");
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            LogNoAnswer(exception);

            return false;
        }
    }

    public void Dispose() => _client.Dispose();

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "The protocol's choice; it protects nothing here.")]
    private static string Sha1(string password) => Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(password)));

    [LoggerMessage(EventId = 1602, EventName = "BreachedPasswordsUnanswered", Level = LogLevel.Warning, Message = "The range API of breached passwords did not answer; a password passed without it")]
    private partial void LogNoAnswer(Exception exception);
}
