using HardenedService.Operations.Readiness;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Readiness;

/// <summary>Checks of what is stored of people are shown what they are there to find.</summary>
public sealed class AccountCheckTests(PostgresServer postgres)
{
    [Theory]
    [InlineData("password-cost", "update identity.accounts set password_hash = encode('\\x01'::bytea || int4send(2) || int4send(100000) || sha256(''), 'base64')", "1 accounts have a hash of 100000 iterations")]
    [InlineData("password-cost", "update identity.accounts set password_hash = encode('\\x01'::bytea || int4send(1) || int4send(600000) || sha256(''), 'base64')", "of another kind")]
    [InlineData("password-cost", "update identity.accounts set password_hash = encode('\\x00'::bytea || sha256(''), 'base64')", "of another kind")]
    [InlineData("password-cost", "update identity.accounts set password_hash = 'correct horse battery staple'", "of another kind")]
    [InlineData("password-cost", "update identity.accounts set password_hash = ''", "of another kind")]
    [InlineData("password-cost", "update identity.accounts set password_hash = encode('\\x01'::bytea || int4send(2) || int4send(215000) || sha256(''), 'base64')", "have signed in within a day, and still have a hash of 215000")]
    [InlineData("session-expiry", "update identity.sessions set idle_timeout = interval '2 hours'", "a stored cookie session lives 02:00:00 without use, and the settings say 00:30:00")]
    [InlineData("session-expiry", "update identity.sessions set expires_at = created_at + interval '13 hours'", "a stored cookie session lives 13:00:00, and the settings say 12:00:00")]
    [InlineData("session-expiry", "update identity.sessions set transport = 'bearer', idle_timeout = interval '1 year'", "a stored bearer session lives")]
    [InlineData("session-expiry", "update identity.sessions set created_at = now() - interval '3 days', expires_at = now() - interval '2 days'", "1 cookie sessions have been over for more than a day")]
    [InlineData("administrators-mfa", "delete from identity.totp_factors", "has neither authenticator app nor passkey")]
    [InlineData("administrators-mfa", "update identity.totp_factors set enabled_at = null", "has neither authenticator app nor passkey")]
    [InlineData("administrators-mfa", "update identity.accounts set mfa_enabled = false", "has neither authenticator app nor passkey")]
    [InlineData("administrators-mfa", "update identity.sessions set assurance = 'password'", "is signed in by a password alone")]
    public Task What_it_is_there_for_turns_it_red(string check, string mutation, string words) => postgres.TurnsRedAsync(check, mutation, words);

    [Fact]
    public async Task A_weaker_hash_waits_for_the_next_sign_in()
    {
        await using var database = await postgres.SoundAsync();
        await Sql.RunAsync(
            database.AdminConnectionString,
            "delete from identity.sessions; update identity.accounts set password_hash = encode('\\x01'::bytea || int4send(2) || int4send(215000) || sha256(''), 'base64')");

        (await SoundDatabase.Checks["password-cost"].LookAsync(database)).Is(CheckStatus.Pass, "1 accounts, of which 1 wait for their next sign-in");
    }

    [Fact]
    public async Task Without_administrators_there_is_nothing_to_look_at()
    {
        await using var database = await postgres.SoundAsync();
        await Sql.RunAsync(database.AdminConnectionString, "update identity.accounts set is_administrator = false");

        (await SoundDatabase.Checks["administrators-mfa"].LookAsync(database)).Is(CheckStatus.NotApplicable, "nobody is an administrator");
    }
}
