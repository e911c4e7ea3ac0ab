using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

[Wall("C3")]
public sealed class RecoveryCodeTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Stored = "select count(*) from identity.recovery_codes c join identity.accounts a on a.id = c.account_id where email = $1";

    [Fact]
    public async Task There_are_ten_of_128_bits_of_which_only_the_hashes_are_stored()
    {
        var person = await api.NewPersonWithTotpAsync();

        Assert.Equal(10, person.RecoveryCodes.Distinct().Count());
        Assert.Equal(10, await api.ScalarAsync<long>(Stored, person.Email));

        // 26 characters of five bits hold 128.
        Assert.All(person.RecoveryCodes, code => Assert.Matches("^([A-Z2-7]{4}-){6}[A-Z2-7]{2}$", code));

        foreach (var code in person.RecoveryCodes)
        {
            var hash = SHA256.HashData(Encoding.ASCII.GetBytes(code.Replace("-", "", StringComparison.Ordinal)));
            Assert.Equal(1, await api.ScalarAsync<long>($"{Stored} and code_hash = $2", person.Email, hash));
        }
    }

    [Fact]
    public async Task Each_signs_in_once_and_is_deleted()
    {
        var person = await api.NewPersonWithTotpAsync();
        Assert.Equal(HttpStatusCode.Created, (await RecoverAsync(person, person.RecoveryCodes[0])).StatusCode);

        await RefusedAsync(await RecoverAsync(person, person.RecoveryCodes[0]));
        Assert.Equal(9, await api.ScalarAsync<long>(Stored, person.Email));
        Assert.Equal(HttpStatusCode.Created, (await RecoverAsync(person, person.RecoveryCodes[9])).StatusCode);
    }

    [Fact]
    public async Task Of_fourteen_sign_ins_with_one_at_once_one_succeeds()
    {
        var person = await api.NewPersonWithTotpAsync();

        for (var round = 0; round < 5; round++)
        {
            var tickets = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.TicketAsync(person.Email)));

            var answers = await Task.WhenAll(tickets.Select(ticket => api.RecoverAsync(ticket, person.RecoveryCodes[round])));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
            Assert.Equal(13, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        }
    }

    [Fact]
    public async Task Spelling_does_not_matter()
    {
        var person = await api.NewPersonWithTotpAsync();
        var codes = person.RecoveryCodes;

        Assert.Equal(HttpStatusCode.Created, (await RecoverAsync(person, codes[0].ToLowerInvariant())).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await RecoverAsync(person, codes[1].Replace("-", "", StringComparison.Ordinal))).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await RecoverAsync(person, $"  {codes[2].Replace('-', ' ')}\n")).StatusCode);
        await RefusedAsync(await RecoverAsync(person, $"{codes[3]}A"));
        await RefusedAsync(await RecoverAsync(person, codes[3][..^1]));
    }

    [Fact]
    public async Task Its_use_is_told_by_mail_with_how_many_are_left()
    {
        var person = await api.NewPersonWithTotpAsync();
        await RecoverAsync(person, person.RecoveryCodes[0]);
        await api.IsToldAsync(person.Email, "A recovery code was used (9 are left) for your account");

        await RecoverAsync(person, person.RecoveryCodes[1]);
        await api.IsToldAsync(person.Email, "A recovery code was used (8 are left) for your account");
    }

    [Fact]
    public async Task New_ones_take_a_code_kill_the_old_ones_and_are_told_by_mail()
    {
        var person = await api.NewPersonWithTotpAsync();
        var answer = await api.MakeRecoveryCodesAsync(person.Bearer, new { code = await api.CodeAsync(person.App) });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var codes = await SecondFactorPeople.CodesAsync(answer);
        Assert.Equal(10, codes.Count);
        Assert.Equal(10, await api.ScalarAsync<long>(Stored, person.Email));
        await api.IsToldAsync(person.Email, "New recovery codes were made for your account");
        await RefusedAsync(await RecoverAsync(person, person.RecoveryCodes[0]));
        Assert.Equal(HttpStatusCode.Created, (await RecoverAsync(person, codes[0])).StatusCode);
    }

    [Fact]
    public async Task New_ones_are_not_for_a_wrong_code_nor_a_recovery_code_nor_a_session_that_is_not_fresh()
    {
        var person = await api.NewPersonWithTotpAsync();

        await Problem.IsAsync(
            await api.MakeRecoveryCodesAsync(person.Bearer, new { code = await api.WrongCodeAsync(person.App) }),
            HttpStatusCode.Unauthorized, "invalid_credentials");
        await Problem.IsAsync(
            await api.MakeRecoveryCodesAsync(person.Bearer, new { recoveryCode = person.RecoveryCodes[0] }), HttpStatusCode.BadRequest, "malformed_request");
        await api.GrowStaleAsync(person.Email);
        await Problem.IsAsync(
            await api.MakeRecoveryCodesAsync(person.Bearer, new { code = await api.CodeAsync(person.App) }),
            HttpStatusCode.Forbidden, "reauthentication_required");

        Assert.Equal(HttpStatusCode.Created, (await RecoverAsync(person, person.RecoveryCodes[0])).StatusCode);
    }

    [Fact]
    public async Task Fourteen_that_ask_for_new_ones_at_once_leave_ten()
    {
        var person = await api.NewPersonWithTotpAsync();

        for (var round = 0; round < 5; round++)
        {
            await api.ForgetUsedCodesAsync(person.Email);
            var (code, next) = (await api.CodeAsync(person.App), await api.CodeAsync(person.App, stepsAway: 1));

            var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(call => api.MakeRecoveryCodesAsync(person.Bearer, new { code = call % 2 == 0 ? code : next })));

            // Two codes, and so two at most; whoever was last, ten are left.
            Assert.InRange(answers.Count(answer => answer.StatusCode == HttpStatusCode.OK), 1, 2);
            Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.Unauthorized }));
            Assert.Equal(10, await api.ScalarAsync<long>(Stored, person.Email));
        }
    }

    private static Task<JsonElement> RefusedAsync(HttpResponseMessage answer) => Problem.IsAsync(answer, HttpStatusCode.Unauthorized, "invalid_token");

    private async Task<HttpResponseMessage> RecoverAsync(PersonWithTotp person, string code) =>
        await api.RecoverAsync(await api.TicketAsync(person.Email), code);
}
