using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

[Wall("A7")]
public sealed class HashUpgradeTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static readonly string Cheap = CountedHasher.OfCost(100).HashPassword(new(), People.Password);

    // A hash that the test holds leaves room for the sign-ins.
    private static readonly Dictionary<string, string> TwoAtOnce = new() { ["PasswordHashing:Concurrency"] = "2" };

    [Fact]
    public async Task A_cheaper_hash_is_replaced_after_a_sign_in_and_none_is_computed_within_it()
    {
        var hasher = new CountedHasher();
        using var held = new ManualResetEventSlim();
        using var host = api.StartAnother(TwoAtOnce, hasher.Use);
        var email = await NewPersonAsync(host);
        Assert.Equal(HttpStatusCode.Unauthorized, await SignInAsync(host, email, "a wrong password"));
        hasher.Hashing = held.Wait;

        Assert.Equal(HttpStatusCode.Created, await SignInAsync(host, email));
        Assert.Equal(Cheap, await HashAsync(email));
        held.Set();

        await Eventually.HoldsAsync(async () => await HashAsync(email) != Cheap, "a new hash");
        Assert.Equal(HttpStatusCode.Created, await SignInAsync(host, email));
        var hashed = hasher.Hashed;
        Assert.Equal(HttpStatusCode.Created, await SignInAsync(host, email));
        Assert.Equal(hashed, hasher.Hashed);
    }

    [Fact]
    public async Task A_password_that_was_changed_in_the_meantime_stays_changed()
    {
        var hasher = new CountedHasher();
        using var held = new ManualResetEventSlim();
        using var host = api.StartAnother(TwoAtOnce, hasher.Use);
        var (email, next) = (await NewPersonAsync(host), await NewPersonAsync(host));
        Assert.Equal(HttpStatusCode.Unauthorized, await SignInAsync(host, email, "a wrong password"));
        hasher.Hashing = held.Wait;

        Assert.Equal(HttpStatusCode.Created, await SignInAsync(host, email));
        await api.ScalarAsync<string>("update identity.accounts set password_hash = 'changed' where email = $1 returning email", email);
        Assert.Equal(HttpStatusCode.Created, await SignInAsync(host, next));
        held.Set();

        // One after the other: when the second has its new hash, the first has had its turn.
        await Eventually.HoldsAsync(async () => await HashAsync(next) != Cheap, "the second hash");
        Assert.Equal("changed", await HashAsync(email));
    }

    private async Task<string> NewPersonAsync(ApiHost host)
    {
        var (email, _) = await host.NewPersonAsync(api.Database);
        await api.ScalarAsync<string>("update identity.accounts set password_hash = $2 where email = $1 returning email", email, Cheap);

        return email;
    }

    private Task<string> HashAsync(string email) => api.ScalarAsync<string>("select password_hash from identity.accounts where email = $1", email);

    private static async Task<HttpStatusCode> SignInAsync(ApiHost host, string email, string password = People.Password) =>
        (await host.Public.PostAsJsonAsync("/v1/sessions", new { email, password, transport = "bearer" })).StatusCode;
}
