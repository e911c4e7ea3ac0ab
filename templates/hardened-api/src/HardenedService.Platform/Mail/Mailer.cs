namespace HardenedService.Platform.Mail;

/// <summary>A mail.</summary>
/// <param name="To">The address.</param>
/// <param name="Subject">The subject, one line.</param>
/// <param name="Text">The body in plain text.</param>
/// <param name="Html">The same as an HTML document; null to send plain text alone.</param>
public sealed record MailMessage(string To, string Subject, string Text, string? Html = null);

/// <summary>Sends mail by way of the outbox: together with the transaction at hand or not at all, and never within a request.</summary>
/// <param name="outbox">The request's outbox.</param>
public sealed class Mailer(Outbox.Outbox outbox)
{
    internal const string Kind = "mail";

    /// <summary>Adds a mail to the transaction at hand.</summary>
    /// <param name="mail">The mail.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when the mail is written down; it goes out after the commit.</returns>
    /// <exception cref="InvalidOperationException">There is no transaction for it to belong to.</exception>
    public Task SendAsync(MailMessage mail, CancellationToken cancel) => outbox.EnqueueAsync(Kind, mail, cancel);

    /// <summary>
    /// Adds a mail to the transaction at hand, in place of one about the same to the same address that has not left yet: a burst of
    /// requests sends one mail, the newest.
    /// </summary>
    /// <param name="about">What it is about.</param>
    /// <param name="mail">The mail.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when the mail is written down; it goes out after the commit.</returns>
    /// <exception cref="InvalidOperationException">There is no transaction for it to belong to.</exception>
    public Task SendLatestAsync(string about, MailMessage mail, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(mail);

        return outbox.EnqueueLatestAsync(Kind, $"{about}\n{mail.To.ToUpperInvariant()}", mail, cancel);
    }
}
