using System.Net;
using System.Security.Cryptography;
using System.Text;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

public sealed class RegistrationTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Registering_mails_a_token_that_confirms_the_account()
    {
        var email = People.NewAddress();

        var registered = await api.RegisterAsync(email);
        Assert.Equal(HttpStatusCode.Accepted, registered.StatusCode);
        Assert.Equal("{}", await registered.Content.ReadAsStringAsync());

        var mail = await api.MailAsync(email);
        Assert.StartsWith("hm1_", mail.Token);
        Assert.Contains("https://service.example/confirm-account#token=", mail.Text);

        Assert.Equal(HttpStatusCode.NoContent, (await api.ConfirmAsync(mail.Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email)).StatusCode);
    }

    [Fact]
    [Wall("A1")]
    public async Task A_known_address_is_answered_like_a_new_one_and_its_owner_is_told()
    {
        var known = await api.NewPersonAsync();

        var forKnown = await api.RegisterAsync(known, "another long password");
        var forNew = await api.RegisterAsync(People.NewAddress());

        Assert.Equal(forNew.StatusCode, forKnown.StatusCode);
        Assert.Equal(await forNew.Content.ReadAsStringAsync(), await forKnown.Content.ReadAsStringAsync());
        Assert.Equal(forNew.Headers.Select(header => header.Key), forKnown.Headers.Select(header => header.Key));

        var mail = await api.MailAsync(known, count: 2);
        Assert.Contains("already have an account", mail.Subject);
        Assert.Null(mail.Token);
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(known)).StatusCode);
    }

    [Fact]
    [Wall("A12")]
    public async Task The_token_is_worth_nothing_without_the_password_of_its_registration()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email, "the attacker's password");
        var mail = await api.MailAsync(email);

        await Problem.IsAsync(await api.ConfirmAsync(mail.Token, "the victim's password"), HttpStatusCode.Unauthorized, "invalid_token");
        await Problem.IsAsync(await api.SignInAsync(email, "the attacker's password"), HttpStatusCode.Forbidden, "email_unconfirmed");
    }

    [Fact]
    public async Task Five_wrong_passwords_kill_the_token()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email);
        var mail = await api.MailAsync(email);

        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await api.ConfirmAsync(mail.Token, "a wrong password")).StatusCode);
        }

        await Problem.IsAsync(await api.ConfirmAsync(mail.Token), HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    [Wall("C8")]
    public async Task Registering_again_replaces_password_and_token()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email, "the first password of two");
        var first = await api.MailAsync(email);
        await api.RegisterAsync(email, "the second password of two");
        var second = await api.MailAsync(email, count: 2);

        Assert.NotEqual(first.Token, second.Token);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.ConfirmAsync(first.Token, "the first password of two")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await api.ConfirmAsync(second.Token, "the second password of two")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SignInAsync(email, "the first password of two")).StatusCode);
    }

    [Fact]
    [Wall("C8")]
    public async Task Of_fourteen_confirmations_at_once_one_succeeds()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email);
        var mail = await api.MailAsync(email);

        var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.ConfirmAsync(mail.Token)));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.NoContent);
        Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
    }

    [Fact]
    [Wall("A12")]
    public async Task Fourteen_registrations_at_once_make_one_account()
    {
        for (var round = 0; round < 3; round++)
        {
            var email = People.NewAddress();
            var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.RegisterAsync(email)));

            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode));
            Assert.Equal(1, await api.ScalarAsync<long>("select count(*) from identity.accounts where email = $1", email));
        }
    }

    [Fact]
    [Wall("C8")]
    public async Task A_link_works_for_a_day_by_the_database_clock()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email);
        var token = (await api.MailAsync(email)).Token;
        Assert.Equal(TimeSpan.FromHours(24), await api.ScalarAsync<TimeSpan>("select expires_at - created_at from identity.one_time_tokens where email = $1", email));

        await api.ScalarAsync<int>(
            "update identity.one_time_tokens set created_at = now() - interval '1 day', expires_at = now() where email = $1 returning 1", email);

        await Problem.IsAsync(await api.ConfirmAsync(token), HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    public async Task Registering_while_confirming_is_answered_as_ever()
    {
        for (var round = 0; round < 5; round++)
        {
            var email = People.NewAddress();
            await api.RegisterAsync(email);
            var mail = await api.MailAsync(email);

            var confirmed = api.ConfirmAsync(mail.Token);
            var registered = await Task.WhenAll(Enumerable.Range(0, 13).Select(_ => api.RegisterAsync(email)));

            Assert.All(registered, answer => Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode));
            Assert.Contains((await confirmed).StatusCode, new[] { HttpStatusCode.NoContent, HttpStatusCode.Unauthorized });
        }
    }

    [Fact]
    public async Task Addresses_that_differ_in_case_are_one_account()
    {
        var email = await api.NewPersonAsync();

        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email.ToUpperInvariant())).StatusCode);
        await api.RegisterAsync(email.ToUpperInvariant(), "another long password");
        Assert.Contains("already have an account", (await api.MailAsync(email, count: 2)).Subject);
    }

    [Fact]
    [Wall("C8")]
    public async Task Only_the_hash_of_a_mailed_token_is_stored()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email);
        var token = (await api.MailAsync(email)).Token!;

        var stored = await api.ScalarAsync<byte[]>("select token_hash from identity.one_time_tokens where email = $1", email);
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(token)), stored);
    }

    [Theory]
    [InlineData("", "correct horse battery staple", "email")]
    [InlineData("no-at-sign", "correct horse battery staple", "email")]
    [InlineData("Some One <someone@example.org>", "correct horse battery staple", "email")]
    [InlineData("some one@example.org", "correct horse battery staple", "email")]
    [InlineData("someone@example.org", "only 14 chars.", "password")]
    [InlineData("someone@example.org", null, "password")]
    public async Task What_cannot_be_accepted_is_named(string email, string? password, string member)
    {
        var problem = await Problem.IsAsync(await api.RegisterAsync(email, password!), HttpStatusCode.BadRequest, "validation_failed");

        Assert.NotEmpty(problem.GetProperty("errors").GetProperty(member)[0].GetString()!);
    }

    [Fact]
    public async Task A_password_is_measured_after_normalisation_and_refused_beyond_256_characters()
    {
        Assert.Equal(HttpStatusCode.Accepted, (await api.RegisterAsync(People.NewAddress(), new string('a', 256))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await api.RegisterAsync(People.NewAddress(), new string('a', 257))).StatusCode);

        // Fourteen letters, each with a combining accent: 28 code points before NFC, 14 after.
        Assert.Equal(HttpStatusCode.BadRequest, (await api.RegisterAsync(People.NewAddress(), string.Concat(Enumerable.Repeat("e\u0301", 14)))).StatusCode);
    }

    [Fact]
    public async Task A_password_matches_in_either_unicode_form()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email, "caf\u00e9 cr\u00e8me br\u00fbl\u00e9e");
        var mail = await api.MailAsync(email);

        Assert.Equal(HttpStatusCode.NoContent, (await api.ConfirmAsync(mail.Token, "cafe\u0301 cre\u0300me bru\u0302le\u0301e")).StatusCode);
    }
}
