using System.Net;
using HardenedService.Operations;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Security;

/// <summary>What the operator does to accounts holds on the next request, on a host that was running all the time.</summary>
public sealed class UsersCommandTests(ApiFixture api, PostgresServer postgres) : IClassFixture<ApiFixture>
{
    private const string Current = "/v1/sessions/current";

    [Fact]
    [Wall("A13")]
    public async Task A_new_service_has_no_account_at_all()
    {
        await using var database = await postgres.CreateDatabaseAsync();

        Assert.Equal(0L, await Sql.RunAsync(database.AdminConnectionString, "select count(*) from identity.accounts"));
    }

    [Fact]
    [Wall("A13")]
    public async Task A_new_administrator_has_no_password_until_they_set_one()
    {
        var email = People.NewAddress();

        var created = await CallAsync($"users create-admin {email}");

        Assert.Equal((0, ""), (created.ExitCode, created.Error));
        Assert.Contains("The account is new", created.Output);
        await Problem.IsAsync(await api.SignInAsync(email, ""), HttpStatusCode.BadRequest, "validation_failed");
        await Problem.IsAsync(await api.SignInAsync(email), HttpStatusCode.Unauthorized, "invalid_credentials");
        Assert.Equal(1, await api.ScalarAsync<long>(
            "select count(*) from identity.accounts where email = $1 and is_administrator and email_confirmed and length(password_hash) > 80", email));
    }

    [Fact]
    public async Task An_account_that_is_there_becomes_an_administrators_and_keeps_its_password_and_sessions()
    {
        var email = await api.NewPersonAsync();
        var token = await api.NewSessionAsync(email);

        var created = await CallAsync($"users create-admin {email.ToUpperInvariant()}");

        Assert.Contains("keeps its password", created.Output);
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(token));
    }

    [Fact]
    [Wall("A13")]
    public async Task A_password_that_a_stranger_registered_the_address_with_opens_nothing()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email, "the password of a stranger");
        var mail = await api.MailAsync(email);

        Assert.Equal(0, (await CallAsync($"users create-admin {email}")).ExitCode);

        await Problem.IsAsync(await api.SignInAsync(email, "the password of a stranger"), HttpStatusCode.Unauthorized, "invalid_credentials");
        await Problem.IsAsync(await api.ConfirmAsync(mail.Token, "the password of a stranger"), HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    [Wall("A13")]
    public async Task The_spelling_that_a_stranger_registered_the_address_in_does_not_count()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email.ToUpperInvariant(), "the password of a stranger");

        Assert.Equal(0, (await CallAsync($"users create-admin {email}")).ExitCode);

        Assert.Equal(1, await api.ScalarAsync<long>("select count(*) from identity.accounts where email = $1 and is_administrator", email));
    }

    [Fact]
    [Wall("B5")]
    public async Task A_disabled_account_is_refused_on_the_next_request_and_none_of_its_sessions_comes_back()
    {
        var email = await api.NewPersonAsync();
        var token = await api.NewSessionAsync(email);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(token));

        Assert.Equal(0, (await CallAsync($"users disable {email}")).ExitCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(token));
        await Problem.IsAsync(await api.SignInAsync(email), HttpStatusCode.Unauthorized, "invalid_credentials");

        Assert.Equal(0, (await CallAsync($"users enable {email}")).ExitCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(token));
        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email)).StatusCode);
    }

    [Fact]
    [Wall("B5")]
    public async Task A_right_that_was_taken_away_is_gone_on_the_next_request()
    {
        using var host = api.StartAnother(configure: TestEndpoints.Add(
            test => test.MapGet("/administration", () => TypedResults.NoContent()).RequireAdministrator()));
        var email = await api.NewPersonAsync();
        var token = await api.NewSessionAsync(email);
        Task<HttpResponseMessage> EnterAsync() => NotesFixture.SendAsync(host.Public, token, HttpMethod.Get, "/test/administration", null);

        await Problem.IsAsync(await EnterAsync(), HttpStatusCode.Forbidden, "forbidden");
        await CallAsync($"users create-admin {email}");
        Assert.Equal(HttpStatusCode.NoContent, (await EnterAsync()).StatusCode);
        await CallAsync($"users remove-admin {email}");
        await Problem.IsAsync(await EnterAsync(), HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    [Wall("B8")]
    public async Task The_sessions_of_one_end_in_one_update_and_those_of_others_stay()
    {
        var (email, other) = (await api.NewPersonAsync(), await api.NewPersonAsync());
        var (token, others) = (await api.NewSessionAsync(email), await api.NewSessionAsync(other));

        Assert.Equal(0, (await CallAsync($"users revoke-sessions {email}")).ExitCode);

        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(token));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(others));
        Assert.Equal(1, await api.ScalarAsync<long>(
            "select count(*) from identity.sessions s join identity.accounts a on a.id = s.account_id where a.email = $1", email));
    }

    [Theory]
    [InlineData("users disable nobody@example.org", 1, "There is no account with the address nobody@example.org.")]
    [InlineData("users disable not-an-address", 2, "'not-an-address' is not an e-mail address.")]
    [InlineData("users revoke-sessions", 2, "Name the address of one account, or say --all")]
    [InlineData("users revoke-sessions someone@example.org --all", 2, "Name the address of one account, or say --all")]
    public async Task A_wrong_call_says_what_is_wrong(string call, int exitCode, string message)
    {
        var answer = await CallAsync(call);

        Assert.Equal(exitCode, answer.ExitCode);
        Assert.Contains(message, answer.Error);
    }

    private async Task<HttpStatusCode> GetAsync(string token) => (await api.SendAsync(HttpMethod.Get, Current, bearer: token)).StatusCode;

    private Task<(int ExitCode, string Output, string Error)> CallAsync(string call) => CallAsync(api, call);

    internal static async Task<(int ExitCode, string Output, string Error)> CallAsync(ApiFixture api, string call)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        using var configuration = new ConfigurationManager();
        configuration["Operations:OperatorConnectionString"] = api.Database.OperatorConnectionString;
        var exitCode = await OperationsConsole.InvokeAsync(call.Split(' '), configuration, output, error, TestContext.Current.CancellationToken);

        return (exitCode, output.ToString(), error.ToString());
    }
}

/// <summary>Apart, since it ends the sessions of all others.</summary>
public sealed class EverybodysSessionsTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    [Wall("B8")]
    public async Task Everybodys_sessions_end_at_once_however_many_there_are()
    {
        var tokens = new List<string>();

        for (var person = 0; person < 3; person++)
        {
            tokens.Add(await api.NewSessionAsync(await api.NewPersonAsync()));
        }

        Assert.Equal(0, (await UsersCommandTests.CallAsync(api, "users revoke-sessions --all")).ExitCode);

        foreach (var token in tokens)
        {
            await Problem.IsAsync(await api.SendAsync(HttpMethod.Get, "/v1/account", bearer: token), HttpStatusCode.Unauthorized, "unauthenticated");
        }

        // Not one row was touched for it, and signing in works as before.
        Assert.Equal(3, await api.ScalarAsync<long>("select count(*) from identity.sessions"));
        await api.NewSessionAsync(await api.NewPersonAsync());
    }
}
