using System.Net;
using System.Reflection;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Mail;
using Microsoft.Extensions.Options;

namespace HardenedService.Api.Identity;

/// <summary>The mails about accounts. Their texts are the files in the folder Mails: the first line is the subject.</summary>
internal sealed class AccountMails(IOptions<ServiceOptions> service, MailTemplates templates)
{
    /// <summary>What mails are about of which a burst of requests sends one: the newest, whose token works.</summary>
    public const string Confirmation = "confirmation";

    /// <inheritdoc cref="Confirmation"/>
    public const string Registered = "registered";

    /// <inheritdoc cref="Confirmation"/>
    public const string NewAddress = "new-address";

    public MailMessage ConfirmAccount(string to, string token) => Render("confirm-account.txt", to, Link($"confirm-account#token={token}"));

    public MailMessage AlreadyRegistered(string to) => Render("already-registered.txt", to, Link("sign-in"));

    public MailMessage ResetPassword(string to, string token) => Render("reset-password.txt", to, Link($"reset-password#token={token}"));

    public MailMessage PasswordChanged(string to) => Render("password-changed.txt", to, Link("forgot-password"));

    /// <summary>Asks whoever reads the new address to confirm it.</summary>
    public MailMessage ConfirmNewAddress(string to, string token) => Render("confirm-new-address.txt", to, Link($"confirm-new-address#token={token}"));

    /// <summary>Tells the old address what was asked for, while it can still be stopped.</summary>
    public MailMessage AddressChangeAsked(string to, string newAddress) =>
        Render("address-change-asked.txt", to, Link("forgot-password"), ("address", newAddress));

    /// <summary>Tells the old address that it is no longer the account's.</summary>
    public MailMessage AddressChanged(string to, string newAddress) =>
        Render("address-changed.txt", to, Link(""), ("address", newAddress));

    /// <summary>Tells the owner that something about the second factors changed.</summary>
    /// <param name="to">The account's address.</param>
    /// <param name="change">What happened, as the beginning of a sentence that "your account" ends: "A passkey was added to".</param>
    public MailMessage FactorChanged(string to, string change) =>
        Render("factor-changed.txt", to, Link("forgot-password"), ("change", change));

    /// <summary>Tells the owner of a sign-in from a network that the account was not used from before.</summary>
    /// <param name="to">The account's address.</param>
    /// <param name="address">Where it came from. What the client calls itself is not repeated: that text is the client's to choose.</param>
    public MailMessage NewDevice(string to, IPAddress? address) =>
        Render("new-device.txt", to, Link("forgot-password"), ("address", address?.ToString() ?? "unknown"));

    private string Link(string path) => service.Value.Link(path);

    private MailMessage Render(string file, string to, string link, params ReadOnlySpan<(string Name, string Value)> values) =>
        templates.Render(Assembly.GetExecutingAssembly(), file, to, [("link", link), .. values]);
}
