using System.Net;
using HardenedService.Platform.Auditing;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Security;
using Npgsql;

namespace HardenedService.Tests.Auditing;

/// <summary>Somebody with a confirmed account, <see cref="People.Password"/>, and a session that acts in no organization.</summary>
internal sealed record AuditedPerson(Guid Id, string Email, string Token, Guid SessionId);

/// <summary>What a record has to say, time and trace apart.</summary>
internal sealed record ExpectedRecord(AuditAction Action, Guid? Actor, Guid? Subject)
{
    public AuditOutcome Outcome { get; init; } = AuditOutcome.Success;

    public Guid? Organization { get; init; }

    public Guid? Session { get; init; }

    public string? Email { get; init; }

    public bool IsOfOperator { get; init; }

    /// <summary>Whether the act erased where it was done from.</summary>
    public bool IsErased { get; init; }

    /// <summary>What else the act is: that one has a scenario of its own.</summary>
    public AuditAction? Also { get; init; }
}

/// <summary>A record as it is stored, its details beside it.</summary>
internal sealed record StoredRecord(
    string Action, string Outcome, string ActorKind, Guid? Actor, Guid? Subject, Guid? Organization, Guid? Session, string? Trace, IPAddress? Ip, string? Email, string? UserAgent);

/// <summary>Where audited acts take place, one after the other, and what is there to cause them.</summary>
internal sealed class AuditScene(ApiFixture api)
{
    private DateTime _begin;

    public ApiFixture Api => api;

    /// <summary>The answer to the act.</summary>
    public HttpResponseMessage? Answer { get; private set; }

    /// <summary>What is audited. Whatever came before it prepared for it.</summary>
    public async Task<HttpResponseMessage> ActAsync(Func<Task<HttpResponseMessage>> act)
    {
        await BeginAsync();

        return Answer = await act();
    }

    /// <summary>As the operator does it.</summary>
    public Task OperateAsync(string call) => OperateAsync(async () => Assert.Equal(0, (await UsersCommandTests.CallAsync(api, call)).ExitCode));

    /// <inheritdoc cref="OperateAsync(string)"/>
    public async Task OperateAsync(Func<Task> act)
    {
        await BeginAsync();
        await act();
    }

    public async Task<AuditedPerson> NewPersonAsync()
    {
        var (email, token) = await api.Api.NewPersonAsync(api.Database);
        var id = await AccountAsync(email);

        return new(id, email, token, SessionId: id);
    }

    /// <summary>Somebody with an authenticator app.</summary>
    public async Task<(AuditedPerson Person, AuthenticatorApp App, IReadOnlyList<string> RecoveryCodes)> NewPersonWithTotpAsync()
    {
        var person = await NewPersonAsync();
        var app = await api.SetUpTotpAsync(person.Token);
        var answer = await api.EnableTotpAsync(person.Token, await api.CodeAsync(app));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await api.ForgetUsedCodesAsync(person.Email);

        return (person, app, await SecondFactorPeople.CodesAsync(answer));
    }

    public Task<Guid> AccountAsync(string email) => api.ScalarAsync<Guid>("select id from identity.accounts where email = $1", email);

    public Task<Guid> SessionOfAsync(Guid account) => api.ScalarAsync<Guid>("select id from identity.sessions where account_id = $1", account);

    /// <summary>What was recorded since the act began.</summary>
    public async Task<IReadOnlyList<StoredRecord>> RecordsAsync()
    {
        await using var connection = new NpgsqlConnection(api.Database.AdminConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            select r.action, r.outcome, r.actor_kind, r.actor_id, r.subject_id, r.organization_id, r.session_id, r.trace_id, d.ip, d.email, d.user_agent
            from audit.records r
            left join audit.details d on d.record_id = r.id
            where r.occurred_at > $1
            order by r.occurred_at
            """,
            connection);
        command.Parameters.Add(new() { Value = _begin });
        await using var rows = await command.ExecuteReaderAsync();
        var records = new List<StoredRecord>();

        while (await rows.ReadAsync())
        {
            records.Add(new(
                rows.GetString(0), rows.GetString(1), rows.GetString(2), Value<Guid?>(3), Value<Guid?>(4), Value<Guid?>(5), Value<Guid?>(6),
                Value<string>(7), Value<IPAddress>(8), Value<string>(9), Value<string>(10)));
        }

        return records;

        T? Value<T>(int column) => rows.IsDBNull(column) ? default : rows.GetFieldValue<T>(column);
    }

    /// <summary>How many records since the act began no sealer would ever find.</summary>
    public Task<long> UnsealableAsync() => api.ScalarAsync<long>(
        """
        select count(*)
        from audit.records r
        where r.occurred_at > $1
          and not exists (select from audit.pending p where p.record_id = r.id)
          and not exists (select from audit.seals s where s.record_id = r.id)
        """,
        _begin);

    private async Task BeginAsync() => _begin = await api.ScalarAsync<DateTime>("select clock_timestamp()");
}
