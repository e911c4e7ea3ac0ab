using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Identity;

/// <summary>Nobody learns whether an address has an account: not from the answer, and not from what it costs.</summary>
public sealed class EnumerationTests : IClassFixture<ApiFixture>, IDisposable
{
    private const string Wrong = "not the right password";

    private readonly ApiFixture _api;
    private readonly CountedHasher _hasher = new();
    private readonly Statements _statements = new();
    private readonly ApiHost _host;

    public EnumerationTests(ApiFixture api)
    {
        _api = api;
        _host = api.StartAnother(configure: web =>
        {
            _hasher.Use(web);
            _statements.Use(web);
        });
    }

    public void Dispose()
    {
        _host.Dispose();
        _statements.Dispose();
    }

    [Fact]
    [Wall("A2"), Wall("A3")]
    public async Task Every_failed_sign_in_costs_one_verification_and_the_same_statements_and_answers_alike()
    {
        var (known, unconfirmed, disabled) = (await NewAsync(), await NewAsync("email_confirmed = false"), await NewAsync("disabled_at = now()"));
        await SignInAsync(People.NewAddress(), Wrong);

        var (costs, answer) = await SignInAsync(known, Wrong);

        Assert.Equal(1, costs.Verifications);
        Assert.Equal(0, costs.Hashes);
        Assert.NotEmpty(costs.Statements);

        foreach (var (email, password) in new[]
                 {
                     (People.NewAddress(), Wrong), (People.NewAddress(), People.Password), (unconfirmed, Wrong), (disabled, Wrong), (disabled, People.Password),
                 })
        {
            var (otherCosts, otherAnswer) = await SignInAsync(email, password);

            Assert.Equal((costs.Verifications, costs.Hashes), (otherCosts.Verifications, otherCosts.Hashes));
            Assert.Equal(costs.Statements, otherCosts.Statements);
            Assert.Equal(answer, otherAnswer);
        }
    }

    [Fact]
    [Wall("A3")]
    public async Task Only_a_right_password_is_told_that_the_address_is_unconfirmed()
    {
        var email = await NewAsync("email_confirmed = false");

        await Problem.IsAsync(await SendAsync("/v1/sessions", new { email, password = Wrong, transport = "bearer" }), HttpStatusCode.Unauthorized, "invalid_credentials");
        await Problem.IsAsync(await SendAsync("/v1/sessions", new { email, password = People.Password, transport = "bearer" }), HttpStatusCode.Forbidden, "email_unconfirmed");
    }

    [Fact]
    [Wall("A2")]
    public async Task Registering_costs_one_hash_and_the_same_reads_for_a_new_and_a_known_address()
    {
        var known = await NewAsync();
        await RegisterAsync(People.NewAddress());

        var forNew = await RegisterAsync(People.NewAddress());
        var forKnown = await RegisterAsync(known);

        Assert.Equal((1, 0), (forNew.Hashes, forNew.Verifications));
        Assert.Equal((1, 0), (forKnown.Hashes, forKnown.Verifications));

        // What is new has to be written down: the account, and the token that is mailed. That is all that differs.
        Assert.Equal(
            ["INSERT INTO identity.accounts", "insert into identity.one_time_tokens"],
            forNew.Statements.Except(forKnown.Statements).Select(statement => string.Join(' ', statement.Split(' ').Take(3))));
        Assert.Empty(forKnown.Statements.Except(forNew.Statements));
        Assert.Equal(forNew.Statements.Count - 2, forKnown.Statements.Count);
    }

    private async Task<(Costs Costs, string Answer)> SignInAsync(string email, string password)
    {
        var before = (_hasher.Verified, _hasher.Hashed);
        var answer = await SendAsync("/v1/sessions", new { email, password, transport = "bearer" });
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
        body.Remove("traceId");

        return (Since(before), $"{string.Join(',', answer.Headers.Select(header => header.Key))} {body.ToJsonString()}");
    }

    private async Task<Costs> RegisterAsync(string email)
    {
        var before = (_hasher.Verified, _hasher.Hashed);
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync("/v1/accounts", new { email, password = People.Password })).StatusCode);

        return Since(before);
    }

    private Costs Since((int Verified, int Hashed) before) =>
        new(_hasher.Verified - before.Verified, _hasher.Hashed - before.Hashed, _statements.OfLatest());

    private async Task<string> NewAsync(string? state = null)
    {
        var (email, _) = await _host.NewPersonAsync(_api.Database);

        if (state is not null)
        {
            await Sql.RunAsync(_api.Database.AdminConnectionString, $"update identity.accounts set {state} where email = '{email}'");
        }

        return email;
    }

    private Task<HttpResponseMessage> SendAsync(string path, object body) => _host.Public.PostAsJsonAsync(path, body);

    private sealed record Costs(int Verifications, int Hashes, IReadOnlyList<string> Statements);
}
