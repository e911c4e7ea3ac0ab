using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace HardenedService.Tests.Infrastructure;

/// <summary>What people do with their password and address.</summary>
internal static class AccountCalls
{
    public const string NewPassword = "another horse, another staple";

    public static Task<HttpResponseMessage> PostAsync(this ApiFixture api, string path, object body, string? bearer = null) =>
        api.SendAsync(HttpMethod.Post, path, bearer, content: JsonContent.Create(body));

    public static Task<HttpResponseMessage> ForgotPasswordAsync(this ApiFixture api, string email) =>
        api.PostAsync("/v1/accounts/forgot-password", new { email });

    public static Task<HttpResponseMessage> ResendConfirmationAsync(this ApiFixture api, string email) =>
        api.PostAsync("/v1/accounts/resend-confirmation", new { email });

    public static Task<HttpResponseMessage> ResetPasswordAsync(this ApiFixture api, string? token, string newPassword = NewPassword) =>
        api.PostAsync("/v1/accounts/reset-password", new { token, newPassword });

    public static Task<HttpResponseMessage> ChangePasswordAsync(
        this ApiFixture api, string bearer, string currentPassword = People.Password, string newPassword = NewPassword) =>
        api.PostAsync("/v1/account/password", new { currentPassword, newPassword }, bearer);

    public static Task<HttpResponseMessage> ChangeEmailAsync(this ApiFixture api, string bearer, string newEmail) =>
        api.PostAsync("/v1/account/email", new { newEmail }, bearer);

    public static Task<HttpResponseMessage> ConfirmEmailChangeAsync(this ApiFixture api, string? token) =>
        api.PostAsync("/v1/account/email/confirm", new { token });

    /// <summary>The token of a new reset link.</summary>
    public static Task<string> NewResetTokenAsync(this ApiFixture api, string email) => api.NewTokenAsync(
        email, async () => Assert.Equal(HttpStatusCode.Accepted, (await api.ForgotPasswordAsync(email)).StatusCode));

    /// <summary>The token of a new link that changes an address.</summary>
    public static Task<string> NewAddressTokenAsync(this ApiFixture api, string bearer, string newEmail) => api.NewTokenAsync(
        newEmail, async () => Assert.Equal(HttpStatusCode.Accepted, (await api.ChangeEmailAsync(bearer, newEmail)).StatusCode));

    /// <summary>Whether a session is alive.</summary>
    public static async Task<bool> IsAliveAsync(this ApiFixture api, string bearer) =>
        (await api.SendAsync(HttpMethod.Get, "/v1/sessions/current", bearer)).StatusCode == HttpStatusCode.OK;

    /// <summary>The account of a session.</summary>
    public static async Task<JsonElement> AccountAsync(this ApiFixture api, string bearer) =>
        await (await api.SendAsync(HttpMethod.Get, "/v1/account", bearer)).JsonAsync();

    /// <summary>Changes what is stored of an account, as an operator or time would.</summary>
    public static Task SetAccountAsync(this ApiFixture api, string email, string assignments) =>
        api.ScalarAsync<int>($"update identity.accounts set {assignments} where email = $1 returning 1", email);
}
