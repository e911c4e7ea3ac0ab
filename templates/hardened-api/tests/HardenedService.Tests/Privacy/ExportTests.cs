using System.Globalization;
using System.Net;
using HardenedService.Platform.Privacy;
using HardenedService.Platform.RateLimiting;
using HardenedService.Tests.Conformance;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Privacy;

/// <summary>A person can have all that is held about them, and nobody else can.</summary>
public sealed class ExportTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task It_is_a_file_with_something_from_every_table_and_no_secret()
    {
        var ada = await Ada.ArriveAsync(api);
        var answer = await api.ExportAsync(ada.Bearer);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("attachment; filename=personal-data.json", $"{answer.Content.Headers.ContentDisposition}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var export = await answer.JsonAsync();
        Assert.Equal(ada.Id, export.GetProperty("userId").GetGuid());
        Assert.Empty(export.GetProperty("incomplete").EnumerateArray());
        var sections = export.GetProperty("sections");

        var tables = (await PersonalTables.PartsAsync(api.Api)).SelectMany(part => part.Tables).ToList();

        foreach (var table in tables)
        {
            Assert.True(
                sections.TryGetProperty(table.Section, out var rows) && rows.GetArrayLength() > 0,
                $"The export shows nothing of {table.Name} in {table.Section}: mend its Query, or let Ada have something there.");
        }

        var text = $"{export}".Replace("\\u0027", "'", StringComparison.Ordinal).Replace("\\u0026", "&", StringComparison.Ordinal);
        Assert.All(
            [ada.Email, ada.NewEmail, ada.Ip, Ada.UserAgent, Ada.Passkey, Ada.OwnOrganization, Ada.HostOrganization, $"{ada.Host}"],
            stored => Assert.Contains(stored, text, StringComparison.Ordinal));
        Assert.All([.. ada.Secrets, .. await HiddenAsync(tables.ConvertAll(table => table.Name))], secret => Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    [Wall("E2")]
    public async Task It_holds_nothing_of_others_in_the_same_organization()
    {
        var (owner, _, bearer) = await api.NewLeaverAsync();
        var (member, email, _) = await api.NewLeaverAsync();
        await api.InviteAsync(await api.NewOrganizationAsync("Ours", [owner], member), People.NewAddress());

        var text = await (await api.ExportAsync(bearer)).Content.ReadAsStringAsync();

        Assert.Contains("Ours", text, StringComparison.Ordinal);
        Assert.DoesNotContain($"{member}", text, StringComparison.Ordinal);
        Assert.DoesNotContain(email, text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\"invitations\":[]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_sessions_are_all_there_and_of_far_too_many_the_newest()
    {
        var (id, _, bearer) = await api.NewLeaverAsync();
        await AddSessionsAsync(id, 1000);

        var whole = await (await api.ExportAsync(bearer)).JsonAsync();
        Assert.Equal(1001, whole.GetProperty("sections").GetProperty("sessions").GetArrayLength());
        Assert.Empty(whole.GetProperty("incomplete").EnumerateArray());

        await AddSessionsAsync(id, PersonalExport.MaxRows);
        var bounded = await (await api.ExportAsync(bearer)).JsonAsync();
        Assert.Equal(PersonalExport.MaxRows, bounded.GetProperty("sections").GetProperty("sessions").GetArrayLength());
        Assert.Equal("sessions", Assert.Single(bounded.GetProperty("incomplete").EnumerateArray()).GetString());

        Assert.Equal(HttpStatusCode.NoContent, (await api.DeleteAccountAsync(bearer)).StatusCode);
    }

    [Fact]
    [Wall("B9")]
    public async Task It_asks_for_a_fresh_session()
    {
        var (_, email, bearer) = await api.NewLeaverAsync();
        await api.GrowStaleAsync(email);

        await Problem.IsAsync(await api.ExportAsync(bearer), HttpStatusCode.Forbidden, "reauthentication_required");
    }

    [Fact]
    [Wall("H5")]
    public async Task A_handful_an_hour_is_enough()
    {
        var limit = api.Api.Services.GetServices<RateLimitPolicy>().Single(policy => policy.Name == "export").Default;
        using var host = api.StartAnother(new Dictionary<string, string>
        {
            ["RateLimits:Policies:export:Burst"] = $"{limit.Burst}",
            ["RateLimits:Policies:export:PerMinute"] = limit.PerMinute.ToString(CultureInfo.InvariantCulture),
        });
        var (_, _, bearer) = await api.NewLeaverAsync();

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await NotesFixture.SendAsync(host.Public, bearer, HttpMethod.Get, Leavers.Export, null)).StatusCode);
        }

        var refused = await NotesFixture.SendAsync(host.Public, bearer, HttpMethod.Get, Leavers.Export, null);
        await Problem.IsAsync(refused, HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));
    }

    // Every hash, key and ciphertext of these tables, as text in any of the usual forms, and the stamps, which are as good as secrets.
    private async Task<IReadOnlyList<string>> HiddenAsync(List<string> tables)
    {
        var columns = await api.ScalarAsync<string>(
            """
            select string_agg(format('select %I from %s', a.attname, a.attrelid::regclass), ' union all ')
            from pg_attribute a
            where a.attrelid = any ($1::text[]::regclass[])
              and a.atttypid = 'bytea'::regtype
              and a.attnum > 0
            """,
            [tables.ToArray()]);
        var bytes = await api.ScalarAsync<byte[][]>($"select array_agg(value) from ({columns}) as hidden (value) where octet_length(value) > 0");
        var texts = await api.ScalarAsync<string[]>(
            "select array_agg(value) from identity.accounts, unnest(array[password_hash, security_stamp, concurrency_stamp]) as hidden (value) where value <> ''");
        Assert.True(bytes.Length > 10, $"{bytes.Length} values to look for");

        return
        [
            .. texts,
            .. bytes.SelectMany(value => (string[])[Convert.ToHexString(value), Convert.ToBase64String(value), System.Buffers.Text.Base64Url.EncodeToString(value)]),
        ];
    }

    private Task<long> AddSessionsAsync(Guid account, int count) => api.ScalarAsync<long>(
        """
        with added as (
          insert into identity.sessions (id, token_hash, account_id, epoch, transport, assurance, idle_timeout, expires_at, user_agent)
          select id, sha256(id::text::bytea), $1, 0, 'bearer', 'password', interval '1 hour', now() + interval '1 hour', repeat('x', 500)
          from (select gen_random_uuid() as id from generate_series(1, $2)) as drawn
          returning 1
        )
        select count(*)
        from added
        """,
        account,
        count);
}
