using System.Net;
using System.Net.Mail;
using System.Text;
using System.Text.Json;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Outbox;
using Microsoft.Extensions.Options;
using SmtpMessage = System.Net.Mail.MailMessage;

namespace HardenedService.Platform.Mail;

/// <summary>Hands the outbox's mails to the mail server (RFC 5321).</summary>
internal sealed class SmtpDelivery(IOptions<MailOptions> options, IOptions<ServiceOptions> service) : IOutboxHandler
{
    public string Kind => Mailer.Kind;

    public async Task DeliverAsync(Guid id, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        var mail = JsonSerializer.Deserialize<MailMessage>(payload.Span)!;
        var sender = new MailAddress(options.Value.From, service.Value.Name, Encoding.UTF8);

        using var message = new SmtpMessage(sender, new MailAddress(mail.To))
        {
            Subject = mail.Subject,
            Body = mail.Text,
            SubjectEncoding = Encoding.UTF8,
            BodyEncoding = Encoding.UTF8,
        };

        // The same in every attempt: a server or a mailbox can tell a second delivery by it.
        message.Headers.Add("Message-ID", $"<{id:N}@{sender.Host}>");

        using var smtp = new SmtpClient(options.Value.Host, options.Value.Port)
        {
            EnableSsl = options.Value.Security == MailSecurity.StartTls,
        };

        if (options.Value.UserName is { } user)
        {
            smtp.Credentials = new NetworkCredential(user, options.Value.Password);
        }

        try
        {
            await smtp.SendMailAsync(message, cancel);
        }
        catch (SmtpException exception)
        {
            throw new DeliveryException($"The mail server: {exception.StatusCode}", exception);
        }
    }
}
