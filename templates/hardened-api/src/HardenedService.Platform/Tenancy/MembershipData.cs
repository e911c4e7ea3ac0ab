using HardenedService.Platform.Data;
using HardenedService.Platform.Privacy;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HardenedService.Platform.Tenancy;

/// <summary>
/// A person's organizations. One in which they are alone goes with them and all that is in it; one that others are left in goes on, and has
/// to have an owner.
/// </summary>
internal sealed class MembershipData(NpgsqlConnection connection, UnitOfWork work) : IPersonalData
{
    private const int NamedAtMost = 5;

    private readonly List<Membership> _held = [];

    public IReadOnlyList<PersonalTable> Tables { get; } =
    [
        new("tenancy.organizations", "organizations")
        {
            Holds = "the names of one's organizations",
            Purpose = "people find their organizations by name",
            Kept = "until the last member leaves",
            Erasure = "deleted with all that is in it, if nobody else is a member; otherwise it stays, being the others'",
            Query =
                """
                select o.id, o.name, o.created_at
                from tenancy.organizations o
                join tenancy.members m on m.organization_id = o.id
                where m.account_id = $1
                order by o.created_at desc, o.id
                """,
        },
        new("tenancy.members", "memberships")
        {
            Holds = "in which organizations one is, since when and as what",
            Purpose = "who may see and do what there",
            Kept = "until one leaves or is removed",
            Query = "select organization_id, role, created_at from tenancy.members where account_id = $1 order by created_at desc, organization_id",
        },
        new("tenancy.invitations", "invitations")
        {
            Holds = "invitations to one's address",
            Purpose = "whoever reads the mailbox can join",
            Kept = "until it is accepted or withdrawn, or expires",
            Query =
                """
                select i.organization_id, i.email, i.role, i.created_at, i.expires_at
                from tenancy.invitations i
                join identity.accounts a on a.normalized_email = i.normalized_email
                where a.id = $1
                order by i.created_at desc, i.id
                """,
        },
    ];

    /// <summary>
    /// Locks the organizations, as whoever changes their members does, in the order of their ids: of many who leave at once, each sees what
    /// the one before has left.
    /// </summary>
    public async Task<string?> HoldAsync(Guid userId, CancellationToken cancel)
    {
        foreach (var organizationId in await OrganizationsAsync(userId, cancel))
        {
            await work.ActInAsync(organizationId, cancel);

            if (await HoldAsync(organizationId, userId, cancel) is { } membership)
            {
                _held.Add(membership);
            }
        }

        string[] stranded = [.. _held.Where(membership => membership is { IsAlone: false, IsLastOwner: true }).Select(membership => $"\"{membership.Name}\"")];

        return stranded.Length == 0 ? null
            : $"You are the last owner of {string.Join(", ", stranded.Take(NamedAtMost))}{(stranded.Length > NamedAtMost ? " and others" : "")}, where there are "
                + "other members. Make one of them an owner, or remove them all, and then delete your account.";
    }

    public async Task EraseAsync(Guid userId, CancellationToken cancel)
    {
        // Nothing refers to the account any more but what was there before it was locked; and that has to be what was looked at.
        if (!(await OrganizationsAsync(userId, cancel)).SequenceEqual(_held.Select(membership => membership.OrganizationId)))
        {
            throw new DbUpdateConcurrencyException("The person has joined an organization in the meantime.");
        }

        await ExecuteAsync(
            """
            delete from tenancy.invitations i
            using identity.accounts a
            where a.id = $1
              and i.normalized_email = a.normalized_email
            """,
            cancel,
            userId);

        foreach (var membership in _held)
        {
            await work.ActInAsync(membership.OrganizationId, cancel);
            await (membership.IsAlone
                ? ExecuteAsync("delete from tenancy.organizations where id = $1", cancel, membership.OrganizationId)
                : ExecuteAsync("delete from tenancy.members where organization_id = $1 and account_id = $2", cancel, membership.OrganizationId, userId));
        }
    }

    // As the person, who sees their own memberships in no organization.
    private async Task<IReadOnlyList<Guid>> OrganizationsAsync(Guid userId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select organization_id from tenancy.members where account_id = $1 order by organization_id", connection);
        command.Parameters.Add(new() { Value = userId });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var organizations = new List<Guid>();

        while (await rows.ReadAsync(cancel))
        {
            organizations.Add(rows.GetGuid(0));
        }

        return organizations;
    }

    // Null if the person has been removed, or the organization is gone, by the time that it is locked.
    private async Task<Membership?> HoldAsync(Guid organizationId, Guid userId, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                // First and by itself: what the next statement sees is what there is once the lock is ours.
                new("select name from tenancy.organizations where id = $1 for no key update") { Parameters = { new() { Value = organizationId } } },
                new(
                    """
                    select
                      bool_and(account_id = $2),
                      bool_or(account_id = $2 and role = 'owner') and not bool_or(account_id <> $2 and role = 'owner')
                    from tenancy.members
                    where organization_id = $1
                    having bool_or(account_id = $2)
                    """)
                {
                    Parameters = { new() { Value = organizationId }, new() { Value = userId } },
                },
            },
        };
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        var name = await rows.ReadAsync(cancel) ? rows.GetString(0) : null;
        await rows.NextResultAsync(cancel);

        return name is not null && await rows.ReadAsync(cancel) ? new(organizationId, name, rows.GetBoolean(0), rows.GetBoolean(1)) : null;
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancel, params Guid[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        Array.ForEach(values, value => command.Parameters.Add(new() { Value = value }));
        await command.ExecuteNonQueryAsync(cancel);
    }

    private sealed record Membership(Guid OrganizationId, string Name, bool IsAlone, bool IsLastOwner);
}
