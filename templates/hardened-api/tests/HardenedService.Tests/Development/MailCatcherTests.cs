using System.Net.Http.Json;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using HardenedService.Dev.Mail;

namespace HardenedService.Tests.Development;

public sealed class MailCatcherTests : IAsyncLifetime
{
    private MailCatcher _catcher = null!;

    public async ValueTask InitializeAsync() => _catcher = await MailCatcher.StartAsync(httpPort: 0, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _catcher.DisposeAsync();

    [Fact]
    public async Task A_mail_is_read_as_its_recipient_would()
    {
        var subject = "Bestätigen Sie Ihre Anmeldung, 東京: " + new string('ü', 60);
        var text = "Grüße aus Zürich\n.\n..and a line that starts with dots\n" + new string('x', 200) + "\n= equals, 日本語";

        await SendAsync(Mail("ada@example.com", subject, text));

        var mail = Assert.Single(_catcher.Mails());
        Assert.Equal(new CaughtMail("ada@example.com", subject, text, Token: null), mail);
    }

    [Theory]
    [InlineData("http://localhost/confirm-account#token=hm1_Ab-_9", "hm1_Ab-_9")]
    [InlineData("https://service.example/reset?lang=de&token=hm1_Cd8", "hm1_Cd8")]
    [InlineData("token=hm1_no-link", null)]
    public async Task The_token_is_taken_out_of_the_link(string line, string? token)
    {
        await SendAsync(Mail("ada@example.com", "Confirm", $"Follow {line}.\nBye"));

        Assert.Equal(token, Assert.Single(_catcher.Mails()).Token);
    }

    [Fact]
    public async Task Of_several_forms_the_plain_text_counts()
    {
        using var mail = Mail("ada@example.com", "Both", "");
        mail.AlternateViews.Add(AlternateView.CreateAlternateViewFromString("Schöne <b>Grüße</b>", Encoding.UTF8, MediaTypeNames.Text.Html));
        mail.AlternateViews.Add(AlternateView.CreateAlternateViewFromString("Schöne Grüße", Encoding.UTF8, MediaTypeNames.Text.Plain));

        await SendAsync(mail);

        Assert.Equal("Schöne Grüße", Assert.Single(_catcher.Mails()).Text);
    }

    [Fact]
    public async Task Each_recipient_has_the_mail_and_the_newest_comes_first()
    {
        using var first = Mail("ada@example.com", "First", "1");
        first.To.Add("grace@example.com");

        await SendAsync(first, Mail("ada@example.com", "Second", "2"));

        Assert.Equal(["Second", "First"], _catcher.Mails("ADA@example.com").Select(mail => mail.Subject));
        Assert.Equal(["First"], _catcher.Mails("grace@example.com").Select(mail => mail.Subject));
    }

    [Fact]
    public async Task Tools_read_the_mails_as_JSON()
    {
        await SendAsync(Mail("ada@example.com", "Hi", "https://service.example/a#token=hm1_x"), Mail("grace@example.com", "Hi", "no link"));
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_catcher.HttpPort}") };

        var toAda = await client.GetStringAsync(new Uri("/mails?to=ada@example.com", UriKind.Relative), TestContext.Current.CancellationToken);
        var all = await client.GetFromJsonAsync<JsonElement>("/mails", TestContext.Current.CancellationToken);

        Assert.Equal("""[{"to":"ada@example.com","subject":"Hi","text":"https://service.example/a#token=hm1_x","token":"hm1_x"}]""", toAda);
        Assert.Equal(2, all.GetArrayLength());
        Assert.Equal(JsonValueKind.Null, all[0].GetProperty("token").ValueKind);
    }

    private static MailMessage Mail(string to, string subject, string text) => new("service@example.com", to, subject, text)
    {
        SubjectEncoding = Encoding.UTF8,
        BodyEncoding = Encoding.UTF8,
    };

    private async Task SendAsync(params MailMessage[] mails)
    {
        using var smtp = new SmtpClient("127.0.0.1", _catcher.SmtpPort);
        foreach (var mail in mails)
        {
            await smtp.SendMailAsync(mail, TestContext.Current.CancellationToken);
        }
    }
}
