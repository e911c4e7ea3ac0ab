using System.Net;
using HardenedService.Platform.Errors;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Errors;

public sealed class ConstraintTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Every_mapped_constraint_exists() => Assert.Equal(
        [], await MissingAsync(api.Api.Services.GetServices<ConstraintProblem>()));

    [Fact]
    public async Task A_mapping_of_a_constraint_that_does_not_exist_is_found() => Assert.Equal(
        ["accounts_emial_key"],
        await MissingAsync(
        [
            new("accounts_normalized_email_key", Problems.Conflict, "", null),
            new("accounts_emial_key", Problems.Conflict, "", null),
            new("sessions_expires_at_idx", Problems.Conflict, "", null),
        ]));

    [Fact]
    public async Task An_account_that_is_deleted_during_sign_in_is_signed_in_no_more()
    {
        var email = await api.NewPersonAsync();
        await api.ScalarAsync<object>(
            """
            create function forget() returns trigger language plpgsql as
              $$ begin delete from identity.accounts where id = new.account_id; return new; end $$;
            create trigger forget before insert on identity.sessions for each row execute function forget();
            select 1
            """);

        await Problem.IsAsync(await api.SignInAsync(email), HttpStatusCode.Unauthorized, "invalid_credentials");
    }

    private async Task<IEnumerable<string>> MissingAsync(IEnumerable<ConstraintProblem> mapped)
    {
        var existing = await api.ScalarAsync<string[]>(
            "select array(select conname::text from pg_constraint union select indexname::text from pg_indexes)");

        return mapped.Select(problem => problem.Constraint).Except(existing);
    }
}
