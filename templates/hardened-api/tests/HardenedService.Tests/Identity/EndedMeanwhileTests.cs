using System.Net;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Identity;

/// <summary>A stolen session is in the middle of a call when its owner ends all sessions. What it asked for does not happen.</summary>
public sealed class EndedMeanwhileTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    public static TheoryData<string> Calls => ["change email", "enable", "disable", "recovery codes", "remove passkey"];

    [Theory]
    [MemberData(nameof(Calls))]
    [Wall("B6")]
    public async Task A_call_of_a_session_that_is_ended_meanwhile_changes_nothing(string call)
    {
        using var authenticator = new Authenticator();
        var person = await api.NewPersonWithTotpAsync();
        var joining = await api.NewPersonAsync();
        var (email, bearer) = call == "enable" ? (joining, await api.NewSessionAsync(joining)) : (person.Email, person.Bearer);
        var app = call == "enable" ? await api.SetUpTotpAsync(bearer) : person.App;
        var passkey = call == "remove passkey" ? await api.NewPasskeyAsync(bearer, authenticator) : Guid.Empty;
        await api.ForgetUsedCodesAsync(email);
        var before = await StateAsync(email);

        // As a password reset does: the call comes in while that is about to commit, and waits for it.
        await using var reset = await Sql.OpenAsync(api.Database.AdminConnectionString);
        await using var transaction = await reset.BeginTransactionAsync();
        await Sql.RunAsync(reset, $"update identity.accounts set session_epoch = session_epoch + 1 where email = '{email}'");
        var calling = call switch
        {
            "change email" => api.ChangeEmailAsync(bearer, People.NewAddress()),
            "enable" => api.EnableTotpAsync(bearer, await api.CodeAsync(app)),
            "disable" => api.DisableTotpAsync(bearer, new { recoveryCode = person.RecoveryCodes[0] }),
            "recovery codes" => api.MakeRecoveryCodesAsync(bearer, new { code = await api.CodeAsync(app) }),
            _ => api.SendAsync(HttpMethod.Delete, $"/v1/account/passkeys/{passkey}", bearer),
        };
        await Eventually.HoldsAsync(
            () => api.ScalarAsync<bool>("select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"),
            "the call waits for the reset");
        await transaction.CommitAsync();

        await Problem.IsAsync(await calling, HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(before, await StateAsync(email));
    }

    [Theory]
    [InlineData("others")]
    [InlineData("operator")]
    [Wall("B6")]
    [Wall("C8")]
    public async Task A_link_that_changes_the_address_ends_with_all_sessions(string who)
    {
        var (email, newEmail) = (await api.NewPersonAsync(), People.NewAddress());
        var (thief, owner) = (await api.NewSessionAsync(email), await api.NewSessionAsync(email));
        var token = await api.NewAddressTokenAsync(thief, newEmail);

        if (who == "others")
        {
            Assert.Equal(HttpStatusCode.NoContent, (await api.SendAsync(HttpMethod.Delete, "/v1/sessions", owner)).StatusCode);
        }
        else
        {
            await Security.UsersCommandTests.CallAsync(api, $"users revoke-sessions {email}");
        }

        await Problem.IsAsync(await api.ConfirmEmailChangeAsync(token), HttpStatusCode.Unauthorized, "invalid_token");
        Assert.Equal(1, await api.ScalarAsync<long>("select count(*) from identity.accounts where email = $1", email));
    }

    [Fact]
    [Wall("B6")]
    public async Task An_app_that_a_thief_began_to_set_up_is_forgotten_with_a_reset()
    {
        var email = await api.NewPersonAsync();
        var thief = await api.NewSessionAsync(email);
        await api.SetUpTotpAsync(thief);

        Assert.Equal(HttpStatusCode.NoContent, (await api.ResetPasswordAsync(await api.NewResetTokenAsync(email))).StatusCode);

        Assert.Equal(0, await api.ScalarAsync<long>(
            "select count(*) from identity.totp_factors f join identity.accounts a on a.id = f.account_id where a.email = $1", email));
    }

    // All that a change could touch.
    private Task<string> StateAsync(string email) => api.ScalarAsync<string>(
        """
        select concat_ws('|', a.email, a.mfa_enabled,
          (select concat_ws(' ', enabled_at, last_step) from identity.totp_factors where account_id = a.id),
          (select string_agg(code_hash::text, ' ' order by code_hash) from identity.recovery_codes where account_id = a.id),
          (select count(*) from identity.passkeys where account_id = a.id),
          (select count(*) from identity.one_time_tokens where account_id = a.id))
        from identity.accounts a
        where a.email = $1
        """,
        email);
}
