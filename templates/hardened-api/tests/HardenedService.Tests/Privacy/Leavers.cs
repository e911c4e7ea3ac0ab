using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Privacy;

/// <summary>People, their organizations, and how they leave.</summary>
internal static class Leavers
{
    public const string Account = "/v1/account";
    public const string Export = "/v1/account/export";

    public static Task<HttpResponseMessage> DeleteAccountAsync(this ApiFixture api, string bearer) => api.SendAsync(HttpMethod.Delete, Account, bearer);

    public static Task<HttpResponseMessage> ExportAsync(this ApiFixture api, string bearer) => api.SendAsync(HttpMethod.Get, Export, bearer);

    /// <summary>Someone with a session and no organization, who is simply there.</summary>
    public static async Task<(Guid Id, string Email, string Bearer)> NewLeaverAsync(this ApiFixture api)
    {
        var (email, bearer) = await api.Api.NewPersonAsync(api.Database);

        return (await api.IdAsync(email), email, bearer);
    }

    public static Task<Guid> IdAsync(this ApiFixture api, string email) => api.ScalarAsync<Guid>("select id from identity.accounts where email = $1", email);

    public static Task<long> AccountsAsync(this ApiFixture api, params Guid[] ids) =>
        api.ScalarAsync<long>("select count(*) from identity.accounts where id = any ($1)", ids);

    /// <summary>An organization with these members: the first as owners, the others as plain members.</summary>
    public static Task<Guid> NewOrganizationAsync(this ApiFixture api, string name, Guid[] owners, params Guid[] members) => api.ScalarAsync<Guid>(
        """
        with founded as (
          insert into tenancy.organizations (id, name)
          values (gen_random_uuid(), $1)
          returning id
        ), joined as (
          insert into tenancy.members (organization_id, account_id, role)
          select founded.id, one.id, case when one.id = any ($2) then 'owner' else 'member' end
          from founded, unnest($2 || $3) one (id)
        )
        select id
        from founded
        """,
        name,
        owners,
        members);

    /// <summary>An invitation, as an admin there has sent it.</summary>
    public static Task InviteAsync(this ApiFixture api, Guid organization, string email) => api.ScalarAsync<int>(
        """
        insert into tenancy.invitations (id, organization_id, email, normalized_email, role, token_hash, expires_at)
        values (gen_random_uuid(), $1, $2, upper($2), 'admin', sha256($2::bytea), now() + interval '7 days')
        returning 1
        """,
        organization,
        email);

    public static Task<string> MembersAsync(this ApiFixture api, Guid organization) => api.ScalarAsync<string>(
        "select coalesce(string_agg(role, ' ' order by role), 'nobody') from tenancy.members where organization_id = $1", organization);

    public static Task<long> OrganizationsAsync(this ApiFixture api, Guid organization) =>
        api.ScalarAsync<long>("select count(*) from tenancy.organizations where id = $1", organization);

    /// <summary>Waits until somebody waits for a lock.</summary>
    public static Task IsWaitingAsync(this ApiFixture api) => Eventually.HoldsAsync(
        () => api.ScalarAsync<bool>("select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"),
        "somebody who waits for a lock");
}
