using System.Net;
using System.Net.Mail;
using System.Net.Mime;
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
    // A reply code of this or more is for good (RFC 5321, section 4.2.1).
    private const int Permanent = 500;

    public string Kind => Mailer.Kind;

    public async Task DeliverAsync(Guid id, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        using var message = Compose(id, JsonSerializer.Deserialize<MailMessage>(payload.Span)!);

        using var smtp = new SmtpClient(options.Value.Host, options.Value.Port)
        {
            // STARTTLS: if the server does not offer it, or cannot prove its name, SmtpClient fails and sends nothing.
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
        catch (SmtpFailedRecipientException exception) when ((int)exception.StatusCode >= Permanent)
        {
            // Of this mail alone. Other refusals can be about us, such as a password that was changed: those are tried again.
            throw new UndeliverableException($"The mail server refuses the recipient: {exception.StatusCode}", exception);
        }
        catch (SmtpException exception)
        {
            throw new DeliveryException($"The mail server: {exception.StatusCode}", exception);
        }
    }

    private SmtpMessage Compose(Guid id, MailMessage mail)
    {
        var sender = new MailAddress(options.Value.From, service.Value.Name, Encoding.UTF8);

        try
        {
            var message = new SmtpMessage(sender, new MailAddress(mail.To))
            {
                Subject = mail.Subject,
                Body = mail.Text,
                SubjectEncoding = Encoding.UTF8,
                BodyEncoding = Encoding.UTF8,
            };

            // The last of the alternatives is the one preferred (RFC 2046, section 5.1.4).
            if (mail.Html is { } html)
            {
                message.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(html, Encoding.UTF8, MediaTypeNames.Text.Html));
            }

            // The same in every attempt: a server or a mailbox can tell a second delivery by it.
            message.Headers.Add("Message-ID", $"<{id:N}@{sender.Host}>");

            // Asks out-of-office replies to stay away (RFC 3834).
            message.Headers.Add("Auto-Submitted", "auto-generated");

            return message;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            // A line break in the subject, or no address: it will not become a mail by waiting.
            throw new UndeliverableException("Not a mail that can be sent.", exception);
        }
    }
}
