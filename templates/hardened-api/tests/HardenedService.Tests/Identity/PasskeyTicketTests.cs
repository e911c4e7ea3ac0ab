using System.Net;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

/// <summary>A challenge lies in a ticket, which works once.</summary>
[Wall("C7")]
public sealed class PasskeyTicketTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task A_challenge_is_answered_once_rightly_or_not()
    {
        using var authenticator = new Authenticator();
        await api.NewPersonWithPasskeyAsync(authenticator);

        var used = await api.BeginPasskeySignInAsync();
        Assert.Equal(HttpStatusCode.Created, (await api.SignInWithPasskeyAsync(used.Ticket, authenticator.Get(used.Options))).StatusCode);
        await Problem.IsAsync(
            await api.SignInWithPasskeyAsync(used.Ticket, authenticator.Get(used.Options)), HttpStatusCode.Unauthorized, "invalid_token");

        var failed = await api.BeginPasskeySignInAsync();
        var spoilt = authenticator.Get(failed.Options, new() { SpoilSignature = true });
        await Problem.IsAsync(await api.SignInWithPasskeyAsync(failed.Ticket, spoilt), HttpStatusCode.Unauthorized, "invalid_credentials");
        await Problem.IsAsync(
            await api.SignInWithPasskeyAsync(failed.Ticket, authenticator.Get(failed.Options)), HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    public async Task Of_fourteen_answers_to_one_challenge_at_once_one_signs_in()
    {
        for (var round = 0; round < 10; round++)
        {
            using var authenticator = new Authenticator();
            await api.NewPersonWithPasskeyAsync(authenticator);
            var begun = await api.BeginPasskeySignInAsync();
            var credentials = Enumerable.Range(0, 14).Select(_ => authenticator.Get(begun.Options)).ToList();

            var answers = await Task.WhenAll(credentials.Select(credential => api.SignInWithPasskeyAsync(begun.Ticket, credential)));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
            Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        }
    }

    [Fact]
    public async Task Of_fourteen_new_passkeys_for_one_ticket_at_once_one_is_added()
    {
        var email = await api.NewPersonAsync();
        var bearer = await api.NewSessionAsync(email);
        using var authenticator = new Authenticator();
        var begun = await api.BeginPasskeyAsync(bearer);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 14).Select(_ => authenticator.Create(begun.Options)).ToList().Select(made => api.AddPasskeyAsync(bearer, begun.Ticket, made)));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task A_ticket_belongs_to_its_account_and_its_ceremony_and_expires()
    {
        using var authenticator = new Authenticator();
        var (_, bearer, _) = await api.NewPersonWithPasskeyAsync(authenticator);
        var stranger = await api.NewSessionAsync(await api.NewPersonAsync());
        using var another = new Authenticator();

        var begun = await api.BeginPasskeyAsync(stranger);
        await TokenRefusedAsync(api.AddPasskeyAsync(bearer, begun.Ticket, another.Create(begun.Options)));

        var signIn = await api.BeginPasskeySignInAsync();
        await TokenRefusedAsync(api.AddPasskeyAsync(bearer, signIn.Ticket, authenticator.Get(signIn.Options)));
        var creation = await api.BeginPasskeyAsync(bearer);
        await TokenRefusedAsync(api.SignInWithPasskeyAsync(creation.Ticket, authenticator.Get(creation.Options)));

        var late = await api.BeginPasskeySignInAsync();
        Assert.Equal(1, await api.ScalarAsync<long>(
            "select count(*) from identity.one_time_tokens where token_hash = $1 and expires_at = created_at + interval '10 minutes'", Hash(late)));
        await api.ScalarAsync<int>(
            "update identity.one_time_tokens set created_at = now() - interval '10 minutes', expires_at = now() where token_hash = $1 returning 1", Hash(late));
        await TokenRefusedAsync(api.SignInWithPasskeyAsync(late.Ticket, authenticator.Get(late.Options)));
        await TokenRefusedAsync(api.SignInWithPasskeyAsync("ht1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", authenticator.Get(late.Options)));
    }

    private static async Task TokenRefusedAsync(Task<HttpResponseMessage> answer) =>
        await Problem.IsAsync(await answer, HttpStatusCode.Unauthorized, "invalid_token");

    private static byte[] Hash(Begun begun) => OpaqueToken.Hash(begun.Ticket);
}
