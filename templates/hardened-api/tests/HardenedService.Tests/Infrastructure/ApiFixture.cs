using HardenedService.Dev.Mail;
using Microsoft.AspNetCore.Hosting;
using Npgsql;

namespace HardenedService.Tests.Infrastructure;

/// <summary>The API with a database and a mail catcher of its own, for the tests of one class.</summary>
public sealed class ApiFixture(PostgresServer postgres) : IAsyncLifetime
{
    private MailCatcher? _mails;

    public TestDatabase Database { get; private set; } = null!;

    public ApiHost Api { get; private set; } = null!;

    public HttpClient Client => Api.Public;

    /// <summary>For a second host on this database: its mails go to the same catcher.</summary>
    public int SmtpPort => _mails!.SmtpPort;

    public async ValueTask InitializeAsync()
    {
        Database = await postgres.CreateDatabaseAsync();
        _mails = await MailCatcher.StartAsync(httpPort: 0, TestContext.Current.CancellationToken);
        Api = ApiHost.Start(Database.AppConnectionString, _mails.SmtpPort);
    }

    /// <summary>
    /// A further host on the same database. Its mails go to the same catcher: whichever host is first at a message delivers it.
    /// </summary>
    public ApiHost StartAnother(IReadOnlyDictionary<string, string>? settings = null, Action<IWebHostBuilder>? configure = null) =>
        ApiHost.Start(Database.AppConnectionString, SmtpPort, settings, configure);

    /// <summary>The newest mail to an address, once the wanted number of them has arrived.</summary>
    internal async Task<CaughtMail> MailAsync(string to, int count = 1)
    {
        await Eventually.HoldsAsync(() => _mails!.Mails(to).Count >= count, $"{count} mails to {to}");

        return _mails!.Mails(to)[0];
    }

    /// <summary>The token of the link that something has mailed. Notices to the same address, which may still be under way, have none.</summary>
    internal async Task<string> NewTokenAsync(string to, Func<Task> mail)
    {
        var known = Tokens().ToHashSet(StringComparer.Ordinal);
        await mail();
        await Eventually.HoldsAsync(() => Tokens().Except(known).Any(), $"a new link to {to}");

        return Tokens().Except(known).First();

        IEnumerable<string> Tokens() => _mails!.Mails(to).Select(caught => caught.Token).OfType<string>();
    }

    internal IReadOnlyList<CaughtMail> Mails(string to) => _mails!.Mails(to);

    /// <summary>Waits for a mail that says so. Mails arrive in any order.</summary>
    internal Task IsToldAsync(string to, string text) => Eventually.HoldsAsync(
        () => _mails!.Mails(to).Any(mail => mail.Text.Contains(text, StringComparison.Ordinal)), $"a mail to {to}: {text}");

    internal int MailCount(string to) => _mails!.Mails(to).Count;

    /// <summary>Looks at what was stored.</summary>
    public async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(Database.AdminConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        await (_mails?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Database.DisposeAsync();
    }
}
