using System.ComponentModel.DataAnnotations;
using System.Net;
using HardenedService.Platform.Configuration;

namespace HardenedService.Platform.Mail;

/// <summary>How the connection to the mail server is protected.</summary>
public enum MailSecurity
{
    /// <summary>Not at all: for a mail catcher on the same machine.</summary>
    None,

    /// <summary>By STARTTLS (RFC 3207), or no mail is sent.</summary>
    StartTls,
}

/// <summary>The way to the mail server. Section <c>Mail</c>.</summary>
public sealed record MailOptions : IProductionRules
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Mail";

    /// <summary>The server's name or address.</summary>
    [Required]
    public string Host { get; init; } = "";

    /// <summary>The server's port. Default: 587, for submission (RFC 6409).</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 587;

    /// <summary>How the connection is protected. Default: STARTTLS.</summary>
    public MailSecurity Security { get; init; } = MailSecurity.StartTls;

    /// <summary>The address that mails come from.</summary>
    [Required, EmailAddress]
    public string From { get; init; } = "";

    /// <summary>The user to sign in as; null when the server asks for none.</summary>
    public string? UserName { get; init; }

    /// <summary>That user's password.</summary>
    public string? Password { get; init; }

    private bool IsLocal => Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> ValidateForProduction()
    {
        if (Security == MailSecurity.None && !IsLocal)
        {
            yield return new ValidationResult(
                "must be StartTls outside of Development, unless the server is on this machine.", [nameof(Security)]);
        }

        if (DevelopmentSecret.Recognizes(Password))
        {
            yield return new ValidationResult(DevelopmentSecret.Fault, [nameof(Password)]);
        }
    }
}
