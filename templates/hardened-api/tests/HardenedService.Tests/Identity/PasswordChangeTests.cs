using System.Net;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

public sealed class PasswordChangeTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    [Wall("A14")]
    [Wall("B6")]
    public async Task A_change_rotates_this_session_ends_all_others_and_tells_the_owner()
    {
        var email = await api.NewPersonAsync();
        var (here, elsewhere) = (await api.NewSessionAsync(email), await api.NewSessionAsync(email));

        var answer = await api.ChangePasswordAsync(here);
        var body = await answer.JsonAsync();
        var rotated = body.GetProperty("token").GetString()!;

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(email, body.GetProperty("session").GetProperty("email").GetString());
        Assert.True(await api.IsAliveAsync(rotated));
        Assert.False(await api.IsAliveAsync(here));
        Assert.False(await api.IsAliveAsync(elsewhere));
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SignInAsync(email)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email, AccountCalls.NewPassword)).StatusCode);
        Assert.Contains("password of your account", (await api.MailAsync(email, count: 2)).Subject);
    }

    [Fact]
    public async Task A_wrong_current_password_changes_nothing_however_often()
    {
        var email = await api.NewPersonAsync();
        var session = await api.NewSessionAsync(email);

        for (var attempt = 0; attempt < 5; attempt++)
        {
            await Problem.IsAsync(await api.ChangePasswordAsync(session, "a wrong password"), HttpStatusCode.Unauthorized, "invalid_credentials");
        }

        Assert.True(await api.IsAliveAsync(session));
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email)).StatusCode);
        Assert.Equal(1, api.MailCount(email));
    }

    [Fact]
    public async Task A_short_password_is_named()
    {
        var problem = await Problem.IsAsync(
            await api.ChangePasswordAsync(await api.NewSessionAsync(await api.NewPersonAsync()), newPassword: "only 14 chars."),
            HttpStatusCode.BadRequest,
            "validation_failed");

        Assert.NotEmpty(problem.GetProperty("errors").GetProperty("newPassword")[0].GetString()!);
    }

    [Fact]
    public async Task A_stale_session_has_to_prove_itself_first()
    {
        var email = await api.NewPersonAsync();
        var session = await api.NewSessionAsync(email);
        await api.ScalarAsync<long>(
            """
            with aged as (
              update identity.sessions s set authenticated_at = now() - interval '11 minutes'
              from identity.accounts a where a.id = s.account_id and a.email = $1 returning 1
            )
            select count(*) from aged
            """,
            email);

        await Problem.IsAsync(await api.ChangePasswordAsync(session), HttpStatusCode.Forbidden, "reauthentication_required");
        await Problem.IsAsync(await api.ChangeEmailAsync(session, People.NewAddress()), HttpStatusCode.Forbidden, "reauthentication_required");
    }

    [Fact]
    [Wall("B6")]
    public async Task A_change_ends_reset_links_and_asked_address_changes()
    {
        var email = await api.NewPersonAsync();
        var session = await api.NewSessionAsync(email);
        var reset = await api.NewResetTokenAsync(email);
        var address = await api.NewAddressTokenAsync(session, People.NewAddress());

        Assert.Equal(HttpStatusCode.OK, (await api.ChangePasswordAsync(session)).StatusCode);

        await Problem.IsAsync(await api.ResetPasswordAsync(reset), HttpStatusCode.Unauthorized, "invalid_token");
        await Problem.IsAsync(await api.ConfirmEmailChangeAsync(address), HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    public async Task Of_fourteen_changes_at_once_one_succeeds()
    {
        for (var round = 0; round < 5; round++)
        {
            var email = await api.NewPersonAsync();
            var sessions = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => api.NewSessionAsync(email)));
            var answers = await Task.WhenAll(Enumerable.Range(0, 14)
                .Select(index => api.ChangePasswordAsync(sessions[index % 2], newPassword: $"password number {index} of many")));

            Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
            var winner = Array.FindIndex(answers, answer => answer.StatusCode == HttpStatusCode.OK);
            Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email, $"password number {winner} of many")).StatusCode);
        }
    }

    [Fact]
    public async Task A_change_and_a_reset_at_once_leave_one_password_and_no_fault()
    {
        for (var round = 0; round < 10; round++)
        {
            var email = await api.NewPersonAsync();
            var session = await api.NewSessionAsync(email);
            var token = await api.NewResetTokenAsync(email);
            var address = await api.NewAddressTokenAsync(session, People.NewAddress());

            var answers = await Task.WhenAll(
                api.ChangePasswordAsync(session, newPassword: "the password of the change"),
                api.ResetPasswordAsync(token, "the password of the reset"),
                api.ConfirmEmailChangeAsync(address),
                api.SendAsync(HttpMethod.Delete, "/v1/sessions", session),
                api.ForgotPasswordAsync(email));

            Assert.All(answers, answer => Assert.True((int)answer.StatusCode < 409, $"{answer.StatusCode}"));
        }
    }
}
