using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

/// <summary>The key ring has lost its keys, the service was started anew, and no seed opens any more.</summary>
[Wall("J2")]
public sealed class LostKeyTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Second_factors_then_go_through_their_recovery_codes()
    {
        var person = await api.NewPersonWithTotpAsync();
        await api.ScalarAsync<long>("with gone as (delete from platform.data_protection_keys returning 1) select count(*) from gone");
        using var replica = api.StartAnother();

        using var signedIn = await replica.Public.PostAsJsonAsync("/v1/sessions", new { email = person.Email, password = People.Password, transport = "bearer" });
        var problem = await Problem.IsAsync(signedIn, HttpStatusCode.Forbidden, "mfa_required");
        Assert.Equal(["recovery_code"], problem.GetProperty("methods").EnumerateArray().Select(method => method.GetString()));

        var ticket = problem.GetProperty("ticket").GetString();
        using var byApp = await replica.Public.PostAsJsonAsync(
            "/v1/sessions/mfa", new { ticket, code = await api.CodeAsync(person.App), transport = "bearer" });
        await Problem.IsAsync(byApp, HttpStatusCode.Unauthorized, "invalid_token");
        using var byPaper = await replica.Public.PostAsJsonAsync(
            "/v1/sessions/mfa", new { ticket, recoveryCode = person.RecoveryCodes[0], transport = "bearer" });
        Assert.Equal(HttpStatusCode.Created, byPaper.StatusCode);
    }
}
