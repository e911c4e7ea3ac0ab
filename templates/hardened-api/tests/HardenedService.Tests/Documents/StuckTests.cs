using System.Globalization;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using HardenedService.Tests.Outbound;
using HardenedService.Tests.Tenancy;
using Npgsql;

namespace HardenedService.Tests.Documents;

/// <summary>What is never scanned or reviewed, since its message was parked, or a key lost, or for a reason that nobody thought of.</summary>
public sealed class StuckTests(ReviewFixture world) : IClassFixture<ReviewFixture>
{
    [Fact]
    public async Task Reviews_that_nothing_came_of_fail_whosever_they_are()
    {
        var reviews = new List<(Tenant, Guid, Guid)>();
        var (reached, told) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Reviewer.Behavior = ReviewerBehavior.Waits(reached, told.Task, FaultyServer.Json("""{"summary":"Too late."}"""));
        reviews.AddRange([await world.AskedAsync(), await world.AskedAsync()]);
        await reached.Task;

        // As one whose message was parked, or whose key was lost, would be found.
        await world.SqlAsync("update documents.reviews set created_at = now() - interval '17 minutes' where status = 'pending'");

        foreach (var (tenant, document, review) in reviews)
        {
            var failure = (await world.EndedAsync(tenant, document, review)).GetProperty("failure");
            Assert.Equal("review_lost", failure.GetProperty("code").GetString());
            Assert.Equal("Nothing came of this review in the time that it had. Ask for another one.", failure.GetProperty("detail").GetString());
        }

        told.SetResult();
        await world.DeliveredAsync();
        Assert.Equal("failed", (await world.EndedAsync(reviews[0].Item1, reviews[0].Item2, reviews[0].Item3)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Documents_that_nobody_scanned_in_time_are_unscannable_whosever_they_are()
    {
        var (reached, told) = (new TaskCompletionSource(), new TaskCompletionSource());
        var owners = new[] { await world.NewTenantAsync(), await world.NewTenantAsync() };

        // With those that its client makes when it has waited long enough.
        for (var attempt = 0; attempt < owners.Length * 3; attempt++)
        {
            world.Scanner.Next.Enqueue(ScannerServer.Waits(reached, told.Task, "stream: OK\0"));
        }

        var ids = await Task.WhenAll(owners.Select(owner => world.UploadAsync(owner)));
        await world.SqlAsync($"update documents.documents set created_at = now() - interval '61 minutes' where id = '{ids[0]}' or id = '{ids[1]}'");

        foreach (var (owner, id) in owners.Zip(ids))
        {
            var found = await world.ScannedAsync(owner, id);
            Assert.Equal(("unscannable", 2), (found.GetProperty("status").GetString(), found.GetProperty("version").GetInt32()));
        }

        // What comes too late changes nothing.
        told.SetResult();
        await world.DeliveredAsync();
        Assert.Equal("unscannable", (await world.DocumentAsync(owners[0], ids[0])).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("stuck_scans", "documents")]
    [InlineData("stuck_reviews", "reviews")]
    [Wall("E2")]
    public async Task Whoever_pretends_to_be_the_sweep_sees_nothing_but_what_is_stuck(string sweep, string table)
    {
        var (tenant, id) = await WaitingAsync();
        await using var app = await Sql.OpenAsync(world.Database.AppConnectionString);
        await Sql.RunAsync(app, $"begin; set local app.sweep = '{sweep}'");

        Assert.Equal(0L, await Sql.RunAsync(app, $"select count(*) from documents.{table} where organization_id = '{tenant.OrganizationId}'"));

        await AgeAsync(id);
        Assert.Equal(1L, await Sql.RunAsync(app, $"select count(*) from documents.{table} where organization_id = '{tenant.OrganizationId}'"));

        await world.SqlAsync($"update documents.documents set status = 'clean', scanned_at = now() where id = '{id}'");
        await world.SqlAsync($"update documents.reviews set status = 'completed', summary = 'Fine.', completed_at = now() where document_id = '{id}'");
        Assert.Equal(0L, await Sql.RunAsync(app, $"select count(*) from documents.{table} where organization_id = '{tenant.OrganizationId}'"));
    }

    [Theory]
    [InlineData("stuck_scans", "update documents.documents set status = 'clean', scanned_at = now() where id = '{0}'")]
    [InlineData("stuck_scans", "update documents.documents set title = 'Mine', status = 'infected', scanned_at = now() where id = '{0}'")]
    [InlineData("stuck_reviews", "update documents.reviews set status = 'completed', summary = 'Fine.', completed_at = now() where document_id = '{0}'")]
    [Wall("E2")]
    public async Task Whoever_pretends_to_be_the_sweep_ends_what_is_stuck_in_no_other_way(string sweep, string statement)
    {
        var (_, id) = await WaitingAsync();
        await AgeAsync(id);
        await using var app = await Sql.OpenAsync(world.Database.AppConnectionString);
        await Sql.RunAsync(app, $"begin; set local app.sweep = '{sweep}'");

        Assert.Equal(
            PostgresErrorCodes.InsufficientPrivilege,
            (await Assert.ThrowsAsync<PostgresException>(() => Sql.RunAsync(app, string.Format(CultureInfo.InvariantCulture, statement, id)))).SqlState);
    }

    // A document to be scanned and a review to be made, about which there is no message.
    private async Task<(Tenant Tenant, Guid Document)> WaitingAsync()
    {
        var tenant = await world.NewTenantAsync();
        var id = await world.CleanDocumentAsync(tenant);
        await world.SqlAsync($"update documents.documents set status = 'scanning', scanned_at = null where id = '{id}'");
        await world.SqlAsync($"insert into documents.reviews (id, organization_id, document_id) values (gen_random_uuid(), '{tenant.OrganizationId}', '{id}')");

        return (tenant, id);
    }

    // Old enough for the policies, and too young for the sweep.
    private async Task AgeAsync(Guid document)
    {
        await world.SqlAsync($"update documents.documents set created_at = now() - interval '2 minutes' where id = '{document}'");
        await world.SqlAsync($"update documents.reviews set created_at = now() - interval '2 minutes' where document_id = '{document}'");
    }
}
