using System.Net;
using System.Net.Http.Json;
using System.Text;
using HardenedService.Api.Identity;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Identity;

public sealed class PasswordPolicyTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Address = "Wilhelmina@example.org";

    [Theory]
    [InlineData("fifteen letters", true)]
    [InlineData("fourteen chars", false)]
    [InlineData("               but spaces around it are fine   ", true)]
    [InlineData("\U0001F980\U0001F433\U0001F419\U0001F98B\U0001F41D\U0001F40C\U0001F41B\U0001F997\U0001F577\U0001F982\U0001F422\U0001F40D\U0001F98E\U0001F996\U0001F995", true)]
    [Wall("A4")]
    public async Task A_password_has_15_characters_or_more_and_no_rules_about_which(string password, bool isAccepted)
    {
        var answer = await api.RegisterAsync(People.NewAddress(), password);

        Assert.Equal(isAccepted ? HttpStatusCode.Accepted : HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    [Wall("A4")]
    public async Task Length_counts_after_normalisation_and_what_is_longer_than_256_is_refused_before_it_is_hashed()
    {
        var hasher = new CountedHasher();
        using var host = api.StartAnother(configure: hasher.Use);
        var longest = string.Concat(Enumerable.Range(0, 64).Select(i => $"{i:00}e\u0301 "));
        Assert.Equal(256, longest.Normalize().Length);
        Assert.Equal(HttpStatusCode.Accepted, await RegisterAsync(longest));
        var before = (hasher.Hashed, hasher.Verified);

        Assert.Equal(HttpStatusCode.BadRequest, await RegisterAsync($"{longest}x"));
        Assert.Equal(HttpStatusCode.BadRequest, await RegisterAsync(string.Concat(Enumerable.Repeat("e\u0301", 14))));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync("/v1/sessions", $"{longest}x"));
        Assert.Equal(before, (hasher.Hashed, hasher.Verified));

        Task<HttpStatusCode> RegisterAsync(string password) => SendAsync("/v1/accounts", password);

        async Task<HttpStatusCode> SendAsync(string path, string password) =>
            (await host.Public.PostAsJsonAsync(path, new { email = People.NewAddress(), password })).StatusCode;
    }

    [Theory]
    [InlineData("quiet fir", false, false)]
    [InlineData("quiet fir", true, true)]
    [InlineData("quiet f", true, false)]
    [InlineData("password123", true, false)]
    [Wall("A4")]
    public async Task Eight_characters_will_do_where_a_second_factor_is_asked_for(string password, bool mfaEnabled, bool isAccepted)
    {
        var fault = await api.Api.Services.GetRequiredService<PasswordPolicy>().CheckAsync(password, Address, mfaEnabled, CancellationToken.None);

        Assert.Equal(isAccepted, fault is null);
    }

    [Theory]
    [InlineData("passwordpassword")]
    [InlineData("Password Password 1")]
    [InlineData("P@ssw0rdP@ssw0rd")]
    [InlineData("password12345678")]
    [InlineData("qwertyuiopasdfgh")]
    [InlineData("1qaz2wsx3edc4rfv")]
    [InlineData("12345678901234567890")]
    [InlineData("987654321098765")]
    [InlineData("aaaaaaaaaaaaaaa")]
    [InlineData("abcdefghijklmnop")]
    [InlineData("iloveyou iloveyou")]
    [InlineData("this is my password")]
    [InlineData("september september 2024")]
    [InlineData("wilhelmina's own key")]
    [InlineData("W1LH3LM1NA of the north")]
    [Wall("A5")]
    public async Task What_others_would_try_first_is_refused(string password)
    {
        var problem = await Problem.IsAsync(await api.RegisterAsync(Address, password), HttpStatusCode.BadRequest, "validation_failed");

        Assert.Contains("others try", problem.GetProperty("errors").GetProperty("password")[0].GetString());
    }

    [Fact]
    [Wall("A5")]
    public async Task The_name_of_the_service_is_refused()
    {
        using var host = api.StartAnother(new Dictionary<string, string> { ["Service:Name"] = "Quiet Lighthouse" });

        foreach (var password in new[] { "Quiet Lighthouse 17", "my qu13t-l1ghth0use key" })
        {
            var answer = await host.Public.PostAsJsonAsync("/v1/accounts", new { email = Address, password });
            await Problem.IsAsync(answer, HttpStatusCode.BadRequest, "validation_failed");
        }
    }

    [Fact]
    [Wall("A5")]
    public async Task A_short_local_part_may_turn_up_in_a_password() =>
        Assert.Equal(HttpStatusCode.Accepted, (await api.RegisterAsync("pia@example.org", "utopian lamp shades")).StatusCode);

    [Fact]
    [Wall("A6")]
    public async Task A_password_registered_composed_signs_in_decomposed()
    {
        const string password = "caf\u00e9 cr\u00e8me br\u00fbl\u00e9e";
        var email = People.NewAddress();
        await api.RegisterAsync(email, password);
        await api.ConfirmAsync((await api.MailAsync(email)).Token, password);

        Assert.Equal(HttpStatusCode.Created, (await api.SignInAsync(email, password.Normalize(NormalizationForm.FormD))).StatusCode);
    }

    [Theory]
    [InlineData("/v1/accounts")]
    [InlineData("/v1/sessions")]
    [Wall("A6")]
    public async Task A_lone_surrogate_in_a_password_is_the_clients_fault(string path)
    {
        using var body = new StringContent("""{"email":"someone@example.org","password":"a lone one \ud800 in the middle"}""", Encoding.UTF8, "application/json");

        Assert.Equal(HttpStatusCode.BadRequest, (await api.SendAsync(HttpMethod.Post, path, content: body)).StatusCode);
    }
}
