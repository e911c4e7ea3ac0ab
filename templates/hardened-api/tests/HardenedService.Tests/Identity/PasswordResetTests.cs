using System.Net;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

public sealed class PasswordResetTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    [Wall("B6")]
    [Wall("A14")]
    public async Task A_reset_sets_the_password_ends_every_session_signs_nobody_in_and_tells_the_owner()
    {
        var email = await api.NewPersonAsync();
        var (here, elsewhere) = (await api.NewSessionAsync(email), await api.NewSessionAsync(email));
        var token = await api.NewResetTokenAsync(email);
        Assert.Contains($"https://service.example/reset-password#token={token}", (await api.MailAsync(email)).Text);

        var answer = await api.ResetPasswordAsync(token);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.False(await api.IsAliveAsync(here));
        Assert.False(await api.IsAliveAsync(elsewhere));
        await Problem.IsAsync(await api.SignInAsync(email), HttpStatusCode.Unauthorized, "invalid_credentials");
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email, AccountCalls.NewPassword)).StatusCode);
        Assert.Contains("password of your account", (await api.MailAsync(email, count: 3)).Subject);
    }

    [Fact]
    [Wall("C8")]
    public async Task Of_fourteen_resets_at_once_one_succeeds()
    {
        for (var round = 0; round < 5; round++)
        {
            var email = await api.NewPersonAsync();
            var token = await api.NewResetTokenAsync(email);
            var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(index => api.ResetPasswordAsync(token, $"password number {index} of many")));

            Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
            var winner = Array.FindIndex(answers, answer => answer.StatusCode == HttpStatusCode.NoContent);
            Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email, $"password number {winner} of many")).StatusCode);
        }
    }

    [Fact]
    [Wall("C8")]
    public async Task A_link_works_for_an_hour_by_the_database_clock()
    {
        var email = await api.NewPersonAsync();
        var token = await api.NewResetTokenAsync(email);
        Assert.Equal(TimeSpan.FromHours(1), await api.ScalarAsync<TimeSpan>(
            "select expires_at - created_at from identity.one_time_tokens where email = $1 and purpose = 'reset'", email));

        await api.ScalarAsync<int>(
            "update identity.one_time_tokens set created_at = now() - interval '1 hour', expires_at = now() where email = $1 returning 1", email);

        await IsWorthNothingAsync(token);
    }

    [Fact]
    [Wall("C8")]
    public async Task A_newer_link_kills_the_older_one()
    {
        var email = await api.NewPersonAsync();
        var older = await api.NewResetTokenAsync(email);
        var newer = await api.NewResetTokenAsync(email);

        await IsWorthNothingAsync(older);
        Assert.Equal(HttpStatusCode.NoContent, (await api.ResetPasswordAsync(newer)).StatusCode);
    }

    [Fact]
    [Wall("C8")]
    public async Task A_token_of_another_purpose_is_worth_nothing()
    {
        var email = await api.NewPersonAsync();
        var reset = await api.NewResetTokenAsync(email);
        var address = await api.NewAddressTokenAsync(await api.NewSessionAsync(email), People.NewAddress());
        var pending = People.NewAddress();
        await api.RegisterAsync(pending);

        await IsWorthNothingAsync(address);
        await IsWorthNothingAsync((await api.MailAsync(pending)).Token!);
        await Problem.IsAsync(await api.ConfirmEmailChangeAsync(reset), HttpStatusCode.Unauthorized, "invalid_token");
        await Problem.IsAsync(await api.ConfirmAsync(reset), HttpStatusCode.Unauthorized, "invalid_token");
        Assert.Equal(HttpStatusCode.NoContent, (await api.ResetPasswordAsync(reset)).StatusCode);
    }

    [Fact]
    [Wall("C8")]
    public async Task A_link_is_worth_nothing_once_the_account_has_another_address()
    {
        var email = await api.NewPersonAsync();
        var token = await api.NewResetTokenAsync(email);
        var moved = People.NewAddress();
        await api.SetAccountAsync(email, $"email = '{moved}', normalized_email = upper('{moved}')");

        await IsWorthNothingAsync(token);
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(moved)).StatusCode);
    }

    [Fact]
    [Wall("C8")]
    public async Task A_garbled_token_is_worth_nothing_and_does_no_harm()
    {
        var token = await api.NewResetTokenAsync(await api.NewPersonAsync());

        await IsWorthNothingAsync(token.ToUpperInvariant());
        await IsWorthNothingAsync("hm1_" + string.Concat(token[4..].Select(letter => char.IsLower(letter) ? char.ToUpperInvariant(letter) : char.ToLowerInvariant(letter))));
        await IsWorthNothingAsync(token[..^1]);
        await IsWorthNothingAsync($" {token}");
        await Problem.IsAsync(await api.ResetPasswordAsync($"{token}\0"), HttpStatusCode.BadRequest, "malformed_request");
        await Problem.IsAsync(await api.ResetPasswordAsync(token + new string('a', 10_240)), HttpStatusCode.BadRequest, "validation_failed");

        Assert.Equal(HttpStatusCode.NoContent, (await api.ResetPasswordAsync(token)).StatusCode);
    }

    [Fact]
    public async Task A_password_that_is_refused_leaves_the_link_as_it_is()
    {
        var token = await api.NewResetTokenAsync(await api.NewPersonAsync());

        for (var attempt = 0; attempt < 6; attempt++)
        {
            var problem = await Problem.IsAsync(await api.ResetPasswordAsync(token, "only 14 chars."), HttpStatusCode.BadRequest, "validation_failed");
            Assert.NotEmpty(problem.GetProperty("errors").GetProperty("newPassword")[0].GetString()!);
        }

        Assert.Equal(HttpStatusCode.NoContent, (await api.ResetPasswordAsync(token)).StatusCode);
    }

    [Fact]
    [Wall("C4")]
    public async Task A_reset_leaves_the_second_factor_in_place_and_then_asks_for_eight_characters()
    {
        var email = await api.NewPersonAsync();
        await api.SetAccountAsync(email, "mfa_enabled = true");
        var id = await api.ScalarAsync<Guid>("select id from identity.accounts where email = $1", email);
        await api.ScalarAsync<int>("insert into identity.totp_factors (account_id, secret, enabled_at) values ($1, '\\x00', now()) returning 1", id);
        await api.ScalarAsync<int>("insert into identity.recovery_codes (account_id, code_hash) values ($1, sha256('code')) returning 1", id);
        var token = await api.NewResetTokenAsync(email);

        await Problem.IsAsync(await api.ResetPasswordAsync(token, "7 chars"), HttpStatusCode.BadRequest, "validation_failed");
        Assert.Equal(HttpStatusCode.NoContent, (await api.ResetPasswordAsync(token, "8 chars!")).StatusCode);

        Assert.True(await api.ScalarAsync<bool>("select mfa_enabled from identity.accounts where id = $1", id));
        Assert.Equal(2, await api.ScalarAsync<long>(
            "select (select count(*) from identity.totp_factors where account_id = $1) + (select count(*) from identity.recovery_codes where account_id = $1)", id));
    }

    [Fact]
    [Wall("B6")]
    public async Task A_reset_ends_links_and_steps_that_are_under_way()
    {
        var email = await api.NewPersonAsync();
        var address = await api.NewAddressTokenAsync(await api.NewSessionAsync(email), People.NewAddress());
        await api.ScalarAsync<int>(
            """
            insert into identity.one_time_tokens (id, token_hash, purpose, account_id, expires_at)
            select gen_random_uuid(), sha256('ticket'), 'mfa', id, now() + interval '10 minutes' from identity.accounts where email = $1 returning 1
            """,
            email);

        Assert.Equal(HttpStatusCode.NoContent, (await api.ResetPasswordAsync(await api.NewResetTokenAsync(email))).StatusCode);

        await Problem.IsAsync(await api.ConfirmEmailChangeAsync(address), HttpStatusCode.Unauthorized, "invalid_token");
        Assert.Equal(0, await api.ScalarAsync<long>(
            "select count(*) from identity.one_time_tokens token join identity.accounts account on account.id = token.account_id where account.email = $1", email));
    }

    [Fact]
    public async Task A_disabled_account_stays_disabled_whatever_link_it_has()
    {
        var email = await api.NewPersonAsync();
        var token = await api.NewResetTokenAsync(email);
        await api.SetAccountAsync(email, "disabled_at = now()");

        await IsWorthNothingAsync(token);
    }

    private async Task IsWorthNothingAsync(string token) =>
        await Problem.IsAsync(await api.ResetPasswordAsync(token), HttpStatusCode.Unauthorized, "invalid_token");
}
