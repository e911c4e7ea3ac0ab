using System.Net;
using System.Net.Http.Json;
using HardenedService.Platform.Security;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Somebody who belongs to an organization, with a session that acts in it.</summary>
internal sealed record StoredMember(Guid Id, Guid OrganizationId, string Email, string Token)
{
    /// <summary>The session as a browser sends it, if that is how it travels.</summary>
    public string Cookie => $"{SessionCookie.Name}={Token}";
}

/// <summary>Organizations and people who are simply there: nobody had to be registered, confirmed or signed in.</summary>
internal static class StoredOrganizations
{
    public static Task<Guid> NewOrganizationAsync(this ApiFixture api, string name = "Acme") => api.ScalarAsync<Guid>(
        "insert into tenancy.organizations (id, name) values ($1, $2) returning id", Guid.CreateVersion7(), name);

    /// <summary>The owner of a new organization.</summary>
    public static async Task<StoredMember> NewOwnerAsync(this ApiFixture api) => await api.NewMemberAsync(await api.NewOrganizationAsync(), "owner");

    /// <summary>Somebody new in an organization.</summary>
    public static async Task<StoredMember> NewMemberAsync(this ApiFixture api, Guid organization, string role = "member", string transport = "bearer")
    {
        var (id, email) = (Guid.CreateVersion7(), People.NewAddress());
        await api.ScalarAsync<int>(
            """
            insert into identity.accounts (id, email, normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp)
            values ($1, $2, upper($2), true, '', '', '')
            returning 1
            """,
            id,
            email);
        await api.JoinAsync(organization, id, role);

        return new(id, organization, email, await api.NewSessionInAsync(organization, id, transport));
    }

    /// <summary>Lets somebody who has an account belong to an organization.</summary>
    public static Task<int> JoinAsync(this ApiFixture api, Guid organization, Guid account, string role = "member") => api.ScalarAsync<int>(
        "insert into tenancy.members (organization_id, account_id, role) values ($1, $2, $3) returning 1", organization, account, role);

    /// <summary>Lets somebody own so many organizations more.</summary>
    public static Task<long> JoinManyAsync(this ApiFixture api, int count, Guid account) => api.ScalarAsync<long>(
        """
        with organizations as (
          insert into tenancy.organizations (id, name)
          select gen_random_uuid(), 'One of many'
          from generate_series(1, $1)
          returning id
        ), members as (
          insert into tenancy.members (organization_id, account_id, role)
          select id, $2, 'owner'
          from organizations
        )
        select count(*)
        from organizations
        """,
        count,
        account);

    /// <summary>The token of a new session that acts in an organization.</summary>
    public static async Task<string> NewSessionInAsync(this ApiFixture api, Guid organization, Guid account, string transport = "bearer")
    {
        var token = OpaqueToken.New(OpaqueToken.SessionPrefix);
        await api.ScalarAsync<int>(
            """
            insert into identity.sessions
              (id, token_hash, account_id, epoch, transport, assurance, idle_timeout, expires_at, organization_id, organization_role)
            select $1, $2, m.account_id, 0, $3, 'password', interval '1 hour', now() + interval '1 hour', m.organization_id, m.role
            from tenancy.members m
            where m.organization_id = $4
              and m.account_id = $5
            returning 1
            """,
            Guid.CreateVersion7(),
            OpaqueToken.Hash(token),
            transport,
            organization,
            account);

        return token;
    }

    /// <summary>What somebody is in an organization, as the database has it; nothing if they do not belong there.</summary>
    public static Task<string> RoleAsync(this ApiFixture api, Guid organization, Guid account) => api.ScalarAsync<string>(
        "select coalesce((select role from tenancy.members where organization_id = $1 and account_id = $2), '')", organization, account);

    public static Task<HttpResponseMessage> ListMembersAsync(this ApiFixture api, string bearer, string query = "") =>
        api.SendAsync(HttpMethod.Get, $"/v1/organization/members{query}", bearer);

    public static Task<HttpResponseMessage> ChangeRoleAsync(this ApiFixture api, string bearer, Guid userId, string role) =>
        api.SendAsync(HttpMethod.Patch, $"/v1/organization/members/{userId}", bearer, content: JsonContent.Create(new { role }));

    public static Task<HttpResponseMessage> RemoveMemberAsync(this ApiFixture api, string bearer, Guid userId) =>
        api.SendAsync(HttpMethod.Delete, $"/v1/organization/members/{userId}", bearer);

    public static Task<HttpResponseMessage> ActivateAsync(this ApiFixture api, string bearer, Guid organization) =>
        api.SendAsync(HttpMethod.Post, $"/v1/organizations/{organization}/activate", bearer);

    public static Task<HttpResponseMessage> InviteAsync(this ApiFixture api, string bearer, string email, string role = "member") =>
        api.PostAsync("/v1/organization/invitations", new { email, role }, bearer);

    public static Task<HttpResponseMessage> RevokeInvitationAsync(this ApiFixture api, string bearer, Guid id) =>
        api.SendAsync(HttpMethod.Delete, $"/v1/organization/invitations/{id}", bearer);

    /// <summary>The ids of the invitations that somebody sees.</summary>
    public static async Task<List<Guid>> InvitationsAsync(this ApiFixture api, string bearer)
    {
        var list = await (await api.SendAsync(HttpMethod.Get, "/v1/organization/invitations", bearer)).JsonAsync();

        return [.. list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid())];
    }

    public static Task<HttpResponseMessage> AcceptAsync(this ApiFixture api, string bearer, string token) =>
        api.PostAsync("/v1/invitations/accept", new { token }, bearer);

    /// <summary>The token of a new invitation, as it was mailed.</summary>
    public static Task<string> NewInvitationAsync(this ApiFixture api, string bearer, string email, string role = "member") => api.NewTokenAsync(
        email, async () => Assert.Equal(HttpStatusCode.Created, (await api.InviteAsync(bearer, email, role)).StatusCode));
}
