using System.Text.Json.Nodes;
using HardenedService.Tests.Documents;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Contract;

/// <summary>
/// A request that no schema can make, since something has to exist for it: with its help the run sees the operation's good answer, too.
/// </summary>
/// <param name="OperationId">The operation.</param>
/// <param name="Body">Its body, if it has one.</param>
internal sealed record ContractSeed(string OperationId, JsonNode? Body = null)
{
    /// <summary>Makes a body that is good for a moment only, when the operation's turn comes.</summary>
    public Func<Task<JsonNode>>? BodyOfTheMoment { get; init; }

    /// <summary>The bearer token of who sends it. Null: the person of the run.</summary>
    public string? Bearer { get; init; }

    /// <summary>Parameters by name. Those that are left out get a value that fits the schema.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Everything that the operations of this service need. Add to it when the run says that an operation never succeeded.</summary>
    public static async Task<IReadOnlyList<ContractSeed>> PlantAsync(ApiFixture api)
    {
        var known = await api.NewPersonAsync();
        var pending = People.NewAddress();
        await api.RegisterAsync(pending);
        var token = (await api.MailAsync(pending)).Token;
        var reset = await api.NewResetTokenAsync(await api.NewPersonAsync());
        var newAddress = await api.NewAddressTokenAsync(await api.NewSessionAsync(await api.NewPersonAsync()), People.NewAddress());
        var careful = await api.NewPersonWithTotpAsync();
        var leaving = await api.NewPersonWithTotpAsync();
        var joining = await api.NewSessionAsync(known);
        var app = await api.SetUpTotpAsync(joining);
        var ending = await api.NewSessionAsync(await api.NewPersonAsync());
        var session = (await (await api.SendAsync(HttpMethod.Get, "/v1/sessions/current", ending)).JsonAsync()).GetProperty("session").GetProperty("id").GetString()!;

        return
        [
            new("registerAccount", new JsonObject { ["email"] = known, ["password"] = People.Password }),
            new("confirmAccount", new JsonObject { ["token"] = token, ["password"] = People.Password }),
            new("signIn", new JsonObject { ["email"] = known, ["password"] = People.Password }),
            new("resendConfirmation", new JsonObject { ["email"] = known }),
            new("forgotPassword", new JsonObject { ["email"] = known }),
            new("resetPassword", new JsonObject { ["token"] = reset, ["newPassword"] = AccountCalls.NewPassword }),
            new("changePassword", new JsonObject { ["currentPassword"] = People.Password, ["newPassword"] = People.Password }),
            new("changeEmail", new JsonObject { ["newEmail"] = People.NewAddress() }),
            new("confirmEmailChange", new JsonObject { ["token"] = newAddress }),
            new("reauthenticate", new JsonObject { ["password"] = People.Password }),
            new("signIn", new JsonObject { ["email"] = known, ["password"] = People.Password, ["transport"] = "bearer" }),
            new("signIn", new JsonObject { ["email"] = careful.Email, ["password"] = People.Password }),
            new("signInWithSecondFactor", new JsonObject { ["ticket"] = await api.TicketAsync(careful.Email), ["recoveryCode"] = careful.RecoveryCodes[0] }),
            new("reauthenticate", new JsonObject { ["password"] = People.Password }) { Bearer = careful.Bearer },
            new("makeRecoveryCodes") { Bearer = careful.Bearer, BodyOfTheMoment = () => CodeAsync(api, careful.App) },
            new("enableTotp") { Bearer = joining, BodyOfTheMoment = () => CodeAsync(api, app) },
            new("setUpTotp") { Bearer = careful.Bearer },
            new("disableTotp", new JsonObject { ["recoveryCode"] = leaving.RecoveryCodes[0] }) { Bearer = leaving.Bearer },
            new("endSession") { Bearer = ending, Parameters = new Dictionary<string, string> { ["id"] = session } },
            .. await PasskeysAsync(api),
            .. await OrganizationsAsync(api),
            .. await ReviewsAsync(api),
        ];
    }

    private static async Task<IEnumerable<ContractSeed>> OrganizationsAsync(ApiFixture api)
    {
        var owner = await api.NewOwnerAsync();
        var (rising, leaving) = (await api.NewMemberAsync(owner.OrganizationId), await api.NewMemberAsync(owner.OrganizationId));
        var invited = await api.NewOwnerAsync();
        var token = await api.NewInvitationAsync(owner.Token, invited.Email);
        var revoked = (await (await api.InviteAsync(owner.Token, People.NewAddress())).JsonAsync()).GetProperty("id").GetString()!;

        return
        [
            new("activateOrganization") { Bearer = owner.Token, Parameters = new Dictionary<string, string> { ["id"] = $"{owner.OrganizationId}" } },
            new("changeMemberRole", new JsonObject { ["role"] = "admin" }) { Bearer = owner.Token, Parameters = Member(rising) },
            new("removeMember") { Bearer = owner.Token, Parameters = Member(leaving) },
            new("revokeInvitation") { Bearer = owner.Token, Parameters = new Dictionary<string, string> { ["id"] = revoked } },
            new("acceptInvitation", new JsonObject { ["token"] = token }) { Bearer = invited.Token },
        ];

        static Dictionary<string, string> Member(StoredMember member) => new() { ["userId"] = $"{member.Id}" };
    }

    private static async Task<IEnumerable<ContractSeed>> ReviewsAsync(ApiFixture api)
    {
        var owner = await api.NewOwnerAsync();
        var (document, review) = await api.NewReviewedDocumentAsync(owner.OrganizationId);
        var parameters = new Dictionary<string, string> { ["id"] = $"{document}", ["reviewId"] = $"{review}" };

        return
        [
            new("requestReview") { Bearer = owner.Token, Parameters = parameters },
            new("getReview") { Bearer = owner.Token, Parameters = parameters },
        ];
    }

    private static async Task<IEnumerable<ContractSeed>> PasskeysAsync(ApiFixture api)
    {
        using var removed = new Authenticator();
        using var added = new Authenticator();
        using var used = new Authenticator();
        var bearer = await api.NewSessionAsync(await api.NewPersonAsync());
        var id = await api.NewPasskeyAsync(bearer, removed);
        var creation = await api.BeginPasskeyAsync(bearer);
        await api.NewPersonWithPasskeyAsync(used);
        var (byCookie, byBearer) = (await api.BeginPasskeySignInAsync(), await api.BeginPasskeySignInAsync());

        return
        [
            new("addPasskey", new JsonObject { ["ticket"] = creation.Ticket, ["credential"] = added.Create(creation.Options), ["name"] = "My phone" }) { Bearer = bearer },
            new("removePasskey") { Bearer = bearer, Parameters = new Dictionary<string, string> { ["id"] = $"{id}" } },
            new("signInWithPasskey", new JsonObject { ["ticket"] = byCookie.Ticket, ["credential"] = used.Get(byCookie.Options) }),
            new("signInWithPasskey", new JsonObject { ["ticket"] = byBearer.Ticket, ["credential"] = used.Get(byBearer.Options), ["transport"] = "bearer" }),
        ];
    }

    /// <summary>The seed with its body.</summary>
    public async Task<ContractSeed> GrownAsync() => BodyOfTheMoment is null ? this : this with { Body = await BodyOfTheMoment() };

    private static async Task<JsonNode> CodeAsync(ApiFixture api, AuthenticatorApp app) => new JsonObject { ["code"] = await api.CodeAsync(app) };
}
