using System.Net;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Privacy;

/// <summary>Leaving while others leave, join and hand over.</summary>
public sealed class DeletionRaceTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const int AtOnce = 14;

    [Fact]
    public async Task Of_fourteen_deletions_of_one_account_one_happens()
    {
        for (var round = 0; round < 10; round++)
        {
            var (id, email, bearer) = await api.NewLeaverAsync();
            var own = await api.NewOrganizationAsync("Own", [id]);

            var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => api.DeleteAccountAsync(bearer)));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.NoContent);
            Assert.Equal(AtOnce - 1, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
            Assert.Equal((0, 0), (await api.AccountsAsync(id), await api.OrganizationsAsync(own)));
            await api.MailAsync(email);
            Assert.Equal(1, api.MailCount(email));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_fourteen_owners_who_leave_at_once_one_stays_if_somebody_else_is_there(bool isSomebodyThere)
    {
        for (var round = 0; round < 5; round++)
        {
            var owners = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => api.NewLeaverAsync()));
            var ids = Array.ConvertAll(owners, owner => owner.Id);
            var member = (await api.NewLeaverAsync()).Id;
            var organization = await api.NewOrganizationAsync("Shared", ids, isSomebodyThere ? [member] : []);

            // Two organizations each: whoever locks them in an order of their own waits for somebody who waits for them.
            await api.NewOrganizationAsync("Also shared", [.. ids.Reverse(), member]);

            var answers = await Task.WhenAll(owners.Select(owner => api.DeleteAccountAsync(owner.Bearer)));

            Assert.Equal(isSomebodyThere ? AtOnce - 1 : AtOnce, answers.Count(answer => answer.StatusCode == HttpStatusCode.NoContent));
            Assert.Equal(isSomebodyThere ? 1 : 0, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
            Assert.Equal(isSomebodyThere ? "member owner" : "nobody", await api.MembersAsync(organization));
            Assert.Equal(isSomebodyThere ? 1 : 0, await api.OrganizationsAsync(organization));
        }
    }

    [Fact]
    public async Task A_deletion_waits_for_whoever_is_just_joining_and_is_refused()
    {
        var (owner, _, bearer) = await api.NewLeaverAsync();
        var (joining, _, _) = await api.NewLeaverAsync();
        var organization = await api.NewOrganizationAsync("Growing", [owner]);

        var answer = await WhileAsync(
            $"select from tenancy.organizations where id = '{organization}' for no key update; insert into tenancy.members values ('{organization}', '{joining}', 'member')",
            () => api.DeleteAccountAsync(bearer));

        await Problem.IsAsync(answer, HttpStatusCode.Conflict, "conflict");
        Assert.Equal("member owner", await api.MembersAsync(organization));
    }

    [Fact]
    public async Task A_deletion_waits_for_ownership_that_is_just_handed_over_and_happens()
    {
        var (owner, _, bearer) = await api.NewLeaverAsync();
        var (heir, _, _) = await api.NewLeaverAsync();
        var organization = await api.NewOrganizationAsync("Old", [owner], heir);

        var answer = await WhileAsync(
            $"select from tenancy.organizations where id = '{organization}' for no key update; update tenancy.members set role = 'owner' where account_id = '{heir}'",
            () => api.DeleteAccountAsync(bearer));

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("owner", await api.MembersAsync(organization));
    }

    [Fact]
    public async Task Who_is_just_founding_another_organization_leaves_none_behind_without_members()
    {
        var (id, _, bearer) = await api.NewLeaverAsync();
        var founded = Guid.CreateVersion7();

        var answer = await WhileAsync(
            $"insert into tenancy.organizations (id, name) values ('{founded}', 'New'); insert into tenancy.members values ('{founded}', '{id}', 'owner')",
            () => api.DeleteAccountAsync(bearer));

        await Problem.IsAsync(answer, HttpStatusCode.Conflict, "conflict");
        Assert.Equal("owner", await api.MembersAsync(founded));
        Assert.Equal(HttpStatusCode.NoContent, (await api.DeleteAccountAsync(bearer)).StatusCode);
        Assert.Equal(0, await api.OrganizationsAsync(founded));
    }

    [Fact]
    public async Task A_session_that_is_ended_meanwhile_deletes_nothing()
    {
        var (id, _, bearer) = await api.NewLeaverAsync();

        var answer = await WhileAsync(
            $"update identity.accounts set session_epoch = session_epoch + 1 where id = '{id}'", () => api.DeleteAccountAsync(bearer));

        await Problem.IsAsync(answer, HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(1, await api.AccountsAsync(id));
    }

    [Theory]
    [InlineData(SecondFactorPeople.Totp)]
    [InlineData($"{Passkeys.Path}/options")]
    public async Task What_would_refer_to_the_account_waits_for_its_deletion_and_finds_none(string path)
    {
        var (_, _, bearer) = await api.NewLeaverAsync();
        Task<HttpResponseMessage>? late = null;
        var part = new PlantedPart
        {
            OnErase = async _ =>
            {
                late = api.SendAsync(HttpMethod.Post, path, bearer);
                await api.IsWaitingAsync();
            },
        };
        using var host = part.StartHost(api);

        var answer = await NotesFixture.SendAsync(host.Public, bearer, HttpMethod.Delete, Leavers.Account, null);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        await Problem.IsAsync(await late!, HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Whatever_else_the_person_does_at_that_moment_fails_as_theirs_and_not_as_ours()
    {
        for (var round = 0; round < 10; round++)
        {
            var (id, email, bearer) = await api.NewLeaverAsync();
            await api.NewOrganizationAsync("Own", [id]);
            Func<Task<HttpResponseMessage>>[] calls =
            [
                () => api.SendAsync(HttpMethod.Post, SecondFactorPeople.Totp, bearer),
                () => api.SendAsync(HttpMethod.Post, $"{Passkeys.Path}/options", bearer),
                () => api.ChangeEmailAsync(bearer, People.NewAddress()),
                () => api.SignInAsync(email),
                () => api.SendAsync(HttpMethod.Delete, "/v1/sessions", bearer),
                () => api.ExportAsync(bearer),
                () => api.DeleteAccountAsync(bearer),
            ];

            var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce * 2).Select(number => calls[number % calls.Length]()));

            Assert.All(answers, answer => Assert.True(
                answer.IsSuccessStatusCode || answer.StatusCode is HttpStatusCode.Unauthorized, $"{answer.RequestMessage!.RequestUri}: {answer.StatusCode}"));
            Assert.Equal(0, await api.AccountsAsync(id));
        }
    }

    // What somebody else has done and not yet committed when the call comes, and waits.
    private async Task<HttpResponseMessage> WhileAsync(string doing, Func<Task<HttpResponseMessage>> call)
    {
        await using var other = await Sql.OpenAsync(api.Database.AdminConnectionString);
        await using var transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await Sql.RunAsync(other, doing);
        var answer = call();
        await api.IsWaitingAsync();
        await transaction.CommitAsync(TestContext.Current.CancellationToken);

        return await answer;
    }
}
