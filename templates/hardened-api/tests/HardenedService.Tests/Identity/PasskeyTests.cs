using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

public sealed class PasskeyTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Current = "/v1/sessions/current";

    [Fact]
    public async Task A_passkey_is_added_listed_used_and_removed()
    {
        using var authenticator = new Authenticator();
        var email = await api.NewPersonAsync();
        var bearer = await api.NewSessionAsync(email);
        var id = await api.NewPasskeyAsync(bearer, authenticator, "My phone");

        var listed = Assert.Single(await PasskeysAsync(bearer));
        Assert.Equal(id, listed.GetProperty("id").GetGuid());
        Assert.Equal(7, id.Version);
        Assert.Equal("My phone", listed.GetProperty("name").GetString());
        Assert.Equal(DateTimeKind.Utc, listed.GetProperty("createdAt").GetDateTime().Kind);
        Assert.Equal(JsonValueKind.Null, listed.GetProperty("lastUsedAt").ValueKind);

        var signedIn = await api.SignInWithPasskeyAsync(authenticator);
        Assert.Equal(HttpStatusCode.Created, signedIn.StatusCode);
        Assert.Equal(Current, signedIn.Headers.Location?.OriginalString);
        var answer = await signedIn.JsonAsync();
        Assert.Equal("passkey", answer.GetProperty("session").GetProperty("assurance").GetString());
        Assert.Equal(email, answer.GetProperty("session").GetProperty("email").GetString());

        var there = answer.GetProperty("token").GetString()!;
        Assert.Equal(JsonValueKind.String, (await PasskeysAsync(there))[0].GetProperty("lastUsedAt").ValueKind);

        Assert.Equal(HttpStatusCode.NoContent, (await api.SendAsync(HttpMethod.Delete, $"{Passkeys.Path}/{id}", there)).StatusCode);
        Assert.Empty(await PasskeysAsync(there));
    }

    [Fact]
    public async Task By_default_the_token_of_the_session_travels_in_the_cookie_alone()
    {
        using var authenticator = new Authenticator();
        await api.NewPersonWithPasskeyAsync(authenticator);
        var begun = await api.BeginPasskeySignInAsync();
        var answer = await api.SignInWithPasskeyAsync(begun.Ticket, authenticator.Get(begun.Options), "cookie");

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.False((await answer.JsonAsync()).TryGetProperty("token", out _));
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie")).Split(';')[0];
        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(HttpMethod.Get, Current, cookie: cookie)).StatusCode);
    }

    [Fact]
    [Wall("C7")]
    public async Task Registration_asks_for_a_discoverable_credential_of_a_verified_user_and_tells_no_address_to_keep()
    {
        using var authenticator = new Authenticator();
        var (email, bearer, _) = await api.NewPersonWithPasskeyAsync(authenticator);
        var options = (await api.BeginPasskeyAsync(bearer)).Options;
        var selection = options.GetProperty("authenticatorSelection");

        Assert.Equal("required", selection.GetProperty("residentKey").GetString());
        Assert.True(selection.GetProperty("requireResidentKey").GetBoolean());
        Assert.Equal("required", selection.GetProperty("userVerification").GetString());
        Assert.Equal("none", options.GetProperty("attestation").GetString());
        Assert.Equal("service.example", options.GetProperty("rp").GetProperty("id").GetString());
        Assert.True(Base64Url.DecodeFromChars(options.GetProperty("challenge").GetString()).Length >= 32);

        var account = await (await api.SendAsync(HttpMethod.Get, "/v1/account", bearer)).JsonAsync();
        var handle = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(options.GetProperty("user").GetProperty("id").GetString()));
        Assert.Equal(account.GetProperty("id").GetString(), handle);
        Assert.Equal(email, options.GetProperty("user").GetProperty("name").GetString());

        var excluded = Assert.Single(options.GetProperty("excludeCredentials").EnumerateArray());
        Assert.Equal(authenticator.CredentialId, excluded.GetProperty("id").GetString());
        Assert.Equal(["hybrid", "internal"], excluded.GetProperty("transports").EnumerateArray().Select(transport => transport.GetString()!));

        // ES256, PS256, ES384, PS384, PS512, RS256, ES512, RS384, RS512 (RFC 8152, RFC 8812). SHA-1 and unknown curves are not among them.
        Assert.Equal(
            [-259, -258, -257, -39, -38, -37, -36, -35, -7],
            options.GetProperty("pubKeyCredParams").EnumerateArray().Select(parameter => parameter.GetProperty("alg").GetInt32()).Order());
    }

    [Fact]
    [Wall("C7")]
    public async Task Signing_in_asks_for_a_verified_user_and_names_no_credential()
    {
        var options = (await api.BeginPasskeySignInAsync()).Options;

        Assert.Equal("service.example", options.GetProperty("rpId").GetString());
        Assert.Equal("required", options.GetProperty("userVerification").GetString());
        Assert.Empty(options.GetProperty("allowCredentials").EnumerateArray());
    }

    [Fact]
    public async Task Adding_and_removing_end_the_other_sessions_and_are_told_to_the_address()
    {
        using var authenticator = new Authenticator();
        var email = await api.NewPersonAsync();
        var (here, first) = (await api.NewSessionAsync(email), await api.NewSessionAsync(email));

        var id = await api.NewPasskeyAsync(here, authenticator);
        Assert.Contains("A passkey was added to your account", (await api.MailAsync(email, count: 2)).Text);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SendAsync(HttpMethod.Get, Current, first)).StatusCode);

        var second = await api.NewSessionAsync(email);
        Assert.Equal(HttpStatusCode.NoContent, (await api.SendAsync(HttpMethod.Delete, $"{Passkeys.Path}/{id}", here)).StatusCode);
        Assert.Contains("A passkey was removed from your account", (await api.MailAsync(email, count: 3)).Text);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SendAsync(HttpMethod.Get, Current, second)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(HttpMethod.Get, Current, here)).StatusCode);
    }

    [Fact]
    public async Task Changing_passkeys_asks_for_a_fresh_session()
    {
        using var authenticator = new Authenticator();
        var (email, bearer, id) = await api.NewPersonWithPasskeyAsync(authenticator);
        var begun = await api.BeginPasskeyAsync(bearer);
        await api.ScalarAsync<int>(
            """
            update identity.sessions s
            set authenticated_at = now() - interval '11 minutes'
            from identity.accounts a
            where a.id = s.account_id and a.email = $1
            returning 1
            """,
            email);

        foreach (var answer in new[]
                 {
                     await api.SendAsync(HttpMethod.Post, $"{Passkeys.Path}/options", bearer),
                     await api.AddPasskeyAsync(bearer, begun.Ticket, authenticator.Create(begun.Options)),
                     await api.SendAsync(HttpMethod.Delete, $"{Passkeys.Path}/{id}", bearer),
                 })
        {
            await Problem.IsAsync(answer, HttpStatusCode.Forbidden, "reauthentication_required");
        }
    }

    [Fact]
    public async Task Somebody_elses_passkey_is_not_found_and_not_listed()
    {
        using var authenticator = new Authenticator();
        var (_, owner, id) = await api.NewPersonWithPasskeyAsync(authenticator);
        var stranger = await api.NewSessionAsync(await api.NewPersonAsync());

        Assert.Empty(await PasskeysAsync(stranger));
        await Problem.IsAsync(await api.SendAsync(HttpMethod.Delete, $"{Passkeys.Path}/{id}", stranger), HttpStatusCode.NotFound, "not_found");
        Assert.Single(await PasskeysAsync(owner));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two\nlines")]
    [InlineData("txt.exe\u202E")]
    [InlineData(null, 101)]
    public async Task A_name_is_one_bounded_line(string? name, int length = 0)
    {
        var bearer = await api.NewSessionAsync(await api.NewPersonAsync());
        using var authenticator = new Authenticator();
        var begun = await api.BeginPasskeyAsync(bearer);
        var answer = await api.AddPasskeyAsync(bearer, begun.Ticket, authenticator.Create(begun.Options), name ?? new string('a', length));

        var problem = await Problem.IsAsync(answer, HttpStatusCode.BadRequest, "validation_failed");
        Assert.True(problem.GetProperty("errors").TryGetProperty("name", out _));
    }

    [Fact]
    public async Task An_account_has_at_most_twenty_however_many_are_added_at_once()
    {
        var email = await api.NewPersonAsync();
        var bearer = await api.NewSessionAsync(email);
        await api.ScalarAsync<int>(
            """
            insert into identity.passkeys (id, account_id, credential_id, public_key, sign_count, transports, is_backup_eligible, is_backed_up)
            select gen_random_uuid(), a.id, uuid_send(gen_random_uuid()), '', 0, '{}', false, false
            from identity.accounts a, generate_series(1, 19)
            where a.email = $1
            returning 1
            """,
            email);
        var begun = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.BeginPasskeyAsync(bearer)));
        var authenticators = begun.Select(_ => new Authenticator()).ToList();

        var answers = await Task.WhenAll(begun.Zip(
            authenticators, (ceremony, authenticator) => api.AddPasskeyAsync(bearer, ceremony.Ticket, authenticator.Create(ceremony.Options))));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(20, (await PasskeysAsync(bearer)).Count);
        await Problem.IsAsync(await api.SendAsync(HttpMethod.Post, $"{Passkeys.Path}/options", bearer), HttpStatusCode.Conflict, "conflict");
        authenticators.ForEach(authenticator => authenticator.Dispose());
    }

    private async Task<IReadOnlyList<JsonElement>> PasskeysAsync(string bearer) =>
        [.. (await (await api.SendAsync(HttpMethod.Get, Passkeys.Path, bearer)).JsonAsync()).GetProperty("items").EnumerateArray()];
}
