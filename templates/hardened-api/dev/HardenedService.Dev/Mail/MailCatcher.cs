using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Dev.Mail;

/// <summary>
/// Takes every mail by SMTP and sends none on; lists them over HTTP at <c>/mails?to=address</c>. Listens on 127.0.0.1 alone and
/// keeps the newest 1,000.
/// </summary>
internal sealed class MailCatcher : IAsyncDisposable
{
    private const int Kept = 1000;

    private readonly LinkedList<CaughtMail> _mails = new();
    private readonly Lock _gate = new();
    private readonly LoopbackListener _smtp;
    private readonly WebApplication _http;

    private MailCatcher(int httpPort)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, httpPort));
        _http = builder.Build();
        _http.Run(ListAsync);
        _smtp = new LoopbackListener((stream, stop) => new SmtpSession(stream, Catch).RunAsync(stop));
    }

    /// <summary>The port that takes mails.</summary>
    public int SmtpPort => _smtp.Port;

    /// <summary>The port that lists them.</summary>
    public int HttpPort => new Uri(_http.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    /// <summary>Starts to listen; the SMTP port is a free one, and so is the HTTP port if 0 is given.</summary>
    public static async Task<MailCatcher> StartAsync(int httpPort, CancellationToken cancel)
    {
        var catcher = new MailCatcher(httpPort);
        await catcher._http.StartAsync(cancel);
        return catcher;
    }

    /// <summary>The mails to one address, or all, newest first.</summary>
    public IReadOnlyList<CaughtMail> Mails(string? to = null)
    {
        lock (_gate)
        {
            return [.. _mails.Where(mail => to is null || string.Equals(mail.To, to, StringComparison.OrdinalIgnoreCase))];
        }
    }

    /// <summary>Stops listening, and ends what is connected.</summary>
    public async ValueTask DisposeAsync()
    {
        await _smtp.DisposeAsync();
        await _http.DisposeAsync();
    }

    private void Catch(CaughtMail mail)
    {
        lock (_gate)
        {
            _mails.AddFirst(mail);
            if (_mails.Count > Kept)
            {
                _mails.RemoveLast();
            }
        }
    }

    private Task ListAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || context.Request.Path != "/mails")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync("GET /mails?to=<address>");
        }

        return context.Response.WriteAsJsonAsync(Mails(context.Request.Query["to"].FirstOrDefault()));
    }
}
