using System.Text.Json.Nodes;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Contract;

/// <summary>
/// A request that no schema can make, since something has to exist for it: with its help the run sees the operation's good answer, too.
/// </summary>
/// <param name="OperationId">The operation.</param>
/// <param name="Body">Its body, if it has one.</param>
internal sealed record ContractSeed(string OperationId, JsonNode? Body = null)
{
    /// <summary>Parameters by name. Those that are left out get a value that fits the schema.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Everything that the operations of this service need, in the sessions of the caller. Add to it when the run says that an operation never succeeded.</summary>
    public static async Task<IReadOnlyList<ContractSeed>> PlantAsync(ApiFixture api, string caller)
    {
        var known = await api.NewPersonAsync();
        var pending = People.NewAddress();
        await api.RegisterAsync(pending);
        var token = (await api.MailAsync(pending)).Token;
        var session = await (await api.SendAsync(HttpMethod.Get, "/v1/sessions/current", await api.NewSessionAsync(caller))).JsonAsync();

        return
        [
            new("registerAccount", new JsonObject { ["email"] = known, ["password"] = People.Password }),
            new("confirmAccount", new JsonObject { ["token"] = token, ["password"] = People.Password }),
            new("signIn", new JsonObject { ["email"] = known, ["password"] = People.Password }),
            new("endSession") { Parameters = new Dictionary<string, string> { ["id"] = session.GetProperty("session").GetProperty("id").GetString()! } },
            new("reauthenticate", new JsonObject { ["password"] = People.Password }),
            new("signIn", new JsonObject { ["email"] = known, ["password"] = People.Password, ["transport"] = "bearer" }),
            .. await PasskeysAsync(api, caller),
        ];
    }

    private static async Task<IEnumerable<ContractSeed>> PasskeysAsync(ApiFixture api, string caller)
    {
        using var removed = new Authenticator();
        using var added = new Authenticator();
        using var used = new Authenticator();
        var bearer = await api.NewSessionAsync(caller);
        var id = await api.NewPasskeyAsync(bearer, removed);
        var creation = await api.BeginPasskeyAsync(bearer);
        await api.NewPersonWithPasskeyAsync(used);
        var (byCookie, byBearer) = (await api.BeginPasskeySignInAsync(), await api.BeginPasskeySignInAsync());

        return
        [
            new("addPasskey", new JsonObject { ["ticket"] = creation.Ticket, ["credential"] = added.Create(creation.Options), ["name"] = "My phone" }),
            new("removePasskey") { Parameters = new Dictionary<string, string> { ["id"] = $"{id}" } },
            new("signInWithPasskey", new JsonObject { ["ticket"] = byCookie.Ticket, ["credential"] = used.Get(byCookie.Options) }),
            new("signInWithPasskey", new JsonObject { ["ticket"] = byBearer.Ticket, ["credential"] = used.Get(byBearer.Options), ["transport"] = "bearer" }),
        ];
    }
}
