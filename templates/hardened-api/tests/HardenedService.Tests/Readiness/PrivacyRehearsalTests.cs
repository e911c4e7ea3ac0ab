using System.Globalization;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Operations.Readiness.Privacy;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Tests.Readiness;

/// <summary>Somebody is made to be exported and erased, and what came of it is on record.</summary>
public sealed class PrivacyRehearsalTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Somebody_is_exported_and_erased_and_that_is_on_record()
    {
        var check = new PrivacyExercised();
        Assert.Equal(CheckStatus.Fail, (await check.LookAsync(api.Database)).Status);

        using var context = ReadinessScene.Context(api.Database, api.Api);
        await using var output = new StringWriter(CultureInfo.InvariantCulture);
        var email = People.NewAddress();

        Assert.True(await new PrivacyRehearsal(context, output).RunAsync(email, TestContext.Current.CancellationToken), output.ToString());
        (await check.LookAsync(api.Database)).Is(CheckStatus.Pass, "exported in");
        Assert.Equal(0L, await api.ScalarAsync<long>("select count(*) from identity.accounts where email = $1", email));
    }

    [Fact]
    public async Task A_table_that_nobody_exports_or_erases_fails_the_rehearsal()
    {
        const string planted = "tenancy.planted_visits";
        await Sql.RunAsync(
            api.Database.AdminConnectionString,
            $"""
            create table {planted} (account_id uuid);
            create function tenancy.planted_visit() returns trigger language plpgsql security definer as $$ begin insert into {planted} values (new.account_id); return new; end $$;
            create trigger planted after insert on identity.sessions for each row execute function tenancy.planted_visit();
            grant select on {planted} to hardened_service_operator;
            """);

        try
        {
            using var context = ReadinessScene.Context(api.Database, api.Api);

            Assert.False(await new PrivacyRehearsal(context, TextWriter.Null).RunAsync(People.NewAddress(), TestContext.Current.CancellationToken));
            (await new PrivacyExercised().LookAsync(api.Database)).Is(CheckStatus.Fail, $"after the deletion they are still named in {planted}.account_id");
        }
        finally
        {
            await Sql.RunAsync(
                api.Database.AdminConnectionString, $"drop trigger planted on identity.sessions; drop function tenancy.planted_visit; drop table {planted}");
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("nothing")]
    [InlineData("""{ "sections": [] }""")]
    public async Task An_export_of_another_form_fails_it_and_leaves_nobody(string body)
    {
        using var host = api.StartAnother(configure: LiveCheckTests.Before("/v1/account/export", StatusCodes.Status200OK, "application/json", body));
        using var context = ReadinessScene.Context(api.Database, host);
        var email = People.NewAddress();

        Assert.False(await new PrivacyRehearsal(context, TextWriter.Null).RunAsync(email, TestContext.Current.CancellationToken));
        (await new PrivacyExercised().LookAsync(api.Database)).Is(CheckStatus.Fail, "the export has another form than the service writes");
        Assert.Equal(0L, await api.ScalarAsync<long>("select count(*) from identity.accounts where email = $1", email));
    }
}
