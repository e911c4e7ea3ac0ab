using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

/// <summary>Whatever is sent as a credential, with a ticket that works: 400 or 401, and never a fault of ours.</summary>
public sealed class PasskeyFuzzTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static readonly string[] NeededForCreation = ["id", "type", "response", "response.clientDataJSON", "response.attestationObject"];

    private static readonly string[] NeededForAssertion =
        ["id", "type", "response", "response.clientDataJSON", "response.authenticatorData", "response.signature", "response.userHandle"];

    private static readonly string[] Unneeded =
        ["rawId", "clientExtensionResults", "authenticatorAttachment", "response.transports", "response.publicKey", "response.publicKeyAlgorithm"];

    // What takes the place of a member: of another type, not base64url, base64url of nonsense.
    private static readonly Func<JsonNode?>[] Values =
    [
        () => null, () => true, () => 42, () => 1e300, () => "", () => "!", () => "====", () => "a", () => "AAAA", () => "\u00e9\0", () => new JsonArray(), () => new JsonObject(),
        () => new JsonArray(1, null, "usb", new JsonObject()), () => new JsonArray("\0", new string('x', 5000)), () => Base64Url.EncodeToString("null"u8), () => Base64Url.EncodeToString("[]"u8),
        () => Base64Url.EncodeToString("{}"u8), () => Base64Url.EncodeToString([0xff, 0xfe, 0x00]), () => Base64Url.EncodeToString("""{"type":1,"challenge":[],"origin":{}}"""u8),
        () => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(new string('[', 5000))), () => Base64Url.EncodeToString(new byte[4096]), () => Base64Url.EncodeToString([0x81, 0x81, 0x81]),
    ];

    // No attestation objects, or none of a known key.
    private static readonly byte[][] Cbor =
    [
        [], [0xff], [0xa0], [0x80], [0xf6], [0xbf, 0xff], [0xa3, 0x63], [0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [.. Enumerable.Repeat<byte>(0x81, 8000)], [.. Enumerable.Repeat<byte>(0xa1, 8000)], [.. Enumerable.Repeat<byte>(0xd8, 8000)],
        Authenticator.Attestation([]), Authenticator.Attestation(new byte[36]), Authenticator.Attestation(new byte[37]), Authenticator.Attestation([.. Enumerable.Repeat<byte>(0xff, 200)]),
        Authenticator.Attestation([.. new byte[32], 0x45, .. new byte[4], .. new byte[16], 0xff, 0xff]),
        Authenticator.Attestation([.. new byte[32], 0x45, .. new byte[4], .. new byte[16], 0, 1, 7, .. Enumerable.Repeat<byte>(0x81, 8000)]),
    ];

    [Fact]
    public async Task A_malformed_assertion_is_refused_as_the_clients_fault()
    {
        using var authenticator = new Authenticator();
        await api.NewPersonWithPasskeyAsync(authenticator);

        foreach (var (what, change) in Changes(NeededForAssertion))
        {
            var begun = await api.BeginPasskeySignInAsync();
            await IsRefusedAsync(what, await api.SignInWithPasskeyAsync(begun.Ticket, change(authenticator.Get(begun.Options))));
        }

        Assert.Equal(HttpStatusCode.Created, (await api.SignInWithPasskeyAsync(authenticator)).StatusCode);
    }

    [Fact]
    public async Task A_malformed_attestation_is_refused_as_the_clients_fault()
    {
        using var authenticator = new Authenticator();
        var bearer = await api.NewSessionAsync(await api.NewPersonAsync());
        var cbor = Cbor.Select(bytes => Changing("response.attestationObject", () => Authenticator.Encoded(bytes)));

        foreach (var (what, change) in Changes(NeededForCreation).Concat(cbor))
        {
            var begun = await api.BeginPasskeyAsync(bearer);
            await IsRefusedAsync(what, await api.AddPasskeyAsync(bearer, begun.Ticket, change(authenticator.Create(begun.Options))));
        }

        await api.NewPasskeyAsync(bearer, authenticator);
    }

    [Fact]
    public async Task Members_that_the_ceremony_does_not_need_may_hold_anything()
    {
        using var authenticator = new Authenticator();
        var bearer = await api.NewSessionAsync(await api.NewPersonAsync());

        foreach (var (what, change) in Changes(Unneeded))
        {
            var begun = await api.BeginPasskeyAsync(bearer);
            var answer = await api.AddPasskeyAsync(bearer, begun.Ticket, change(authenticator.Create(begun.Options)));

            if (answer.StatusCode != HttpStatusCode.Created)
            {
                await IsRefusedAsync(what, answer);
                continue;
            }

            var id = (await answer.JsonAsync()).GetProperty("id").GetGuid();
            Assert.Equal(HttpStatusCode.NoContent, (await api.SendAsync(HttpMethod.Delete, $"{Passkeys.Path}/{id}", bearer)).StatusCode);
        }
    }

    [Fact]
    public async Task Bytes_cut_or_flipped_anywhere_are_refused_as_the_clients_fault()
    {
        using var authenticator = new Authenticator();
        var (_, bearer, _) = await api.NewPersonWithPasskeyAsync(authenticator);
        using var another = new Authenticator();
        var random = new Random(20_260_101);

        foreach (var round in Enumerable.Range(0, 60))
        {
            var signIn = await api.BeginPasskeySignInAsync();
            var assertion = Spoilt(authenticator.Get(signIn.Options), ["clientDataJSON", "authenticatorData", "signature"], random);
            await IsRefusedAsync($"round {round}", await api.SignInWithPasskeyAsync(signIn.Ticket, assertion));

            // Nothing is signed in a creation: a flipped bit of the key makes another key, or none. Cut off it is never one.
            var creation = await api.BeginPasskeyAsync(bearer);
            var attestation = another.Create(creation.Options);
            var bytes = Bytes(attestation, "attestationObject");
            attestation["response"]!["attestationObject"] = Authenticator.Encoded(bytes.AsSpan(0, random.Next(bytes.Length)));
            await IsRefusedAsync($"round {round}", await api.AddPasskeyAsync(bearer, creation.Ticket, attestation));
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("{\"id\":\"a\",\"id\":\"b\"}")]
    [InlineData("{\"response\":{\"x\":1,\"x\":2}}")]
    [InlineData("{\"\\ud800\":1}")]
    public async Task What_is_no_object_or_no_strict_JSON_is_400(string credential) => await IsBadAsync(credential);

    [Fact]
    public async Task Too_much_and_too_deep_is_400()
    {
        await IsBadAsync($$"""{"id":"{{new string('a', 16 * 1024)}}"}""");
        await IsBadAsync($$"""{"id":{{new string('[', 31)}}{{new string(']', 31)}}}""");
        await IsBadAsync($$"""{"id":{{new string('[', 200_000)}}""");
        await IsBadAsync($$"""{"id":"{{new string('a', 1 << 20)}}"}""", HttpStatusCode.RequestEntityTooLarge);
    }

    private async Task IsBadAsync(string credential, HttpStatusCode status = HttpStatusCode.BadRequest)
    {
        var bearer = await api.NewSessionAsync(await api.NewPersonAsync());

        foreach (var (path, ticket) in new[]
                 {
                     (Passkeys.SignInPath, (await api.BeginPasskeySignInAsync()).Ticket),
                     (Passkeys.Path, (await api.BeginPasskeyAsync(bearer)).Ticket),
                 })
        {
            var content = new StringContent($$"""{"ticket":"{{ticket}}","credential":{{credential}}}""", Encoding.UTF8, "application/json");
            using var answer = await api.SendAsync(HttpMethod.Post, path, bearer, content: content);
            Assert.True(answer.StatusCode == status, $"{path} answered {answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    private static IEnumerable<(string What, Func<JsonObject, JsonObject> Change)> Changes(string[] members) =>
        from member in members
        from value in Values
        select Changing(member, value);

    private static (string What, Func<JsonObject, JsonObject> Change) Changing(string member, Func<JsonNode?> value)
    {
        return ($"{member}: {value()?.ToJsonString()}", Change);

        JsonObject Change(JsonObject credential)
        {
            var path = member.Split('.');
            (path.Length == 2 ? credential["response"]!.AsObject() : credential)[path[^1]] = value();

            return credential;
        }
    }

    private static JsonObject Spoilt(JsonObject credential, string[] members, Random random)
    {
        var member = members[random.Next(members.Length)];
        var bytes = Bytes(credential, member);

        if (random.Next(2) == 0)
        {
            bytes = bytes[..random.Next(bytes.Length)];
        }
        else
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        credential["response"]![member] = Authenticator.Encoded(bytes);

        return credential;
    }

    private static byte[] Bytes(JsonObject credential, string member) => Base64Url.DecodeFromChars(credential["response"]![member]!.GetValue<string>());

    private static async Task IsRefusedAsync(string what, HttpResponseMessage answer) =>
        Assert.True(
            answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized,
            $"{what}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
}
