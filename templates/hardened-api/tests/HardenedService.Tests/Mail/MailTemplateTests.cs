using HardenedService.Api.Identity;
using HardenedService.Api.Organizations;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Mail;
using Microsoft.Extensions.Options;

namespace HardenedService.Tests.Mail;

public sealed class MailTemplateTests
{
    private const string Token = "hm1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    public static TheoryData<string, string> Hostile => new()
    {
        { "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
        { "A \"quoted\" <b>name</b> & more", "A &quot;quoted&quot; &lt;b&gt;name&lt;/b&gt; &amp; more" },
        { "{link}{address}", "{link}{address}" },
        { "https://evil.example/", "https://evil.example/" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_name_is_text_and_nothing_else(string name, string inHtml)
    {
        var mail = Mails(name).ConfirmAccount("ada@example.com", Token);

        Assert.Equal($"Confirm your address for {name}", mail.Subject);
        Assert.Contains($"registered this address with {name}.", mail.Text);
        Assert.Contains($"registered this address with {inHtml}.", mail.Html);
        Assert.Contains($"<title>Confirm your address for {inHtml}</title>", mail.Html);
        Assert.Equal(2, mail.Html!.Split("<a ").Length);
    }

    [Fact]
    public void An_address_that_somebody_typed_in_is_text_and_nothing_else()
    {
        var mail = Mails("Acme").AddressChangeAsked("ada@example.com", "{link}{service}{address}+<img/src=x>@example.org");

        Assert.Contains("\n{link}{service}{address}+<img/src=x>@example.org\n", mail.Text);
        Assert.Contains("<p>{link}{service}{address}+&lt;img/src=x&gt;@example.org</p>", mail.Html);
    }

    [Fact]
    public void A_line_break_in_a_value_makes_no_header_and_no_paragraph()
    {
        var mail = Mails("Acme\r\nBcc: eve@example.org\n\n{link}\u2028x\0").PasswordChanged("ada@example.com");

        Assert.Equal("The password of your account at Acme Bcc: eve@example.org {link} x  was changed", mail.Subject);
        Assert.DoesNotContain("\r", mail.Text);
        Assert.Equal(2, mail.Html!.Split("<a ").Length);
    }

    [Fact]
    public void Every_mail_has_both_forms_with_the_same_link_and_nothing_from_elsewhere()
    {
        var mails = Mails("Acme");
        const string to = "ada@example.com";

        foreach (var mail in new[]
        {
            mails.ConfirmAccount(to, Token), mails.AlreadyRegistered(to), mails.ResetPassword(to, Token), mails.PasswordChanged(to),
            mails.ConfirmNewAddress(to, Token), mails.AddressChangeAsked(to, "b@example.com"), mails.AddressChanged(to, "b@example.com"),
            mails.FactorChanged(to, "A passkey was added to"),
            Invitation("Acme", to),
        })
        {
            var link = Assert.Single(mail.Text.Split('\n'), line => line.StartsWith("https://service.example/", StringComparison.Ordinal));
            Assert.Contains($"<a href=\"{link}\">{link}</a>", mail.Html);
            Assert.DoesNotContain("src=", mail.Html);
            Assert.DoesNotContain("url(", mail.Html);
            Assert.DoesNotContain("{", mail.Subject + mail.Text + mail.Html);
            Assert.StartsWith("<!doctype html>\n<html lang=\"en\">", mail.Html);
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void What_an_organization_calls_itself_is_text_and_nothing_else(string name, string inHtml)
    {
        var mail = Invitation(name, "ada@example.com");

        Assert.Contains($"the organization {name} at Acme.", mail.Text);
        Assert.Contains($"the organization {inHtml} at Acme.", mail.Html);
        Assert.DoesNotContain(name, mail.Subject);
        Assert.Equal(2, mail.Html!.Split("<a ").Length);
    }

    private static AccountMails Mails(string name) => new(Service(name), new MailTemplates(Service(name)));

    private static MailMessage Invitation(string organization, string to) =>
        new InvitationMails(Service("Acme"), new MailTemplates(Service("Acme"))).Invitation(to, organization, "b@example.com", Token, DateTime.UnixEpoch);

    private static IOptions<ServiceOptions> Service(string name) =>
        Options.Create(new ServiceOptions { Name = name, PublicUrl = new Uri("https://service.example") });
}
