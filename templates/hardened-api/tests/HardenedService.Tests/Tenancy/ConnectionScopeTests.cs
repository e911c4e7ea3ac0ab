using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Tenancy;

/// <summary>Tenants share connections, and nothing that is on them.</summary>
public sealed class ConnectionScopeTests(MemosFixture memos) : IClassFixture<MemosFixture>
{
    private const int Rounds = 30;
    private const int AtOnce = 14;

    [Fact]
    [Wall("E2")]
    public async Task However_a_request_fails_the_next_one_on_its_connection_has_no_scope_of_it()
    {
        using var host = memos.Start(connections: 1);
        var (ours, theirs) = (await memos.NewTenantAsync(), await memos.NewTenantAsync());
        await memos.AddAsync(ours, "mine");
        await memos.AddAsync(theirs, "yours");
        var backends = new HashSet<int>();

        foreach (var how in new[] { "throw", "refuse", "statement", "wall", "act", "abort", "commit", "none" })
        {
            try
            {
                await MemosFixture.SendAsync(host, ours, HttpMethod.Post, $"/v1/odd/fail?how={how}");
            }
            catch (HttpRequestException) when (how == "abort")
            {
                // So it is meant.
            }

            var left = (await host.Public.GetFromJsonAsync<Left>("/v1/left"))!;

            Assert.Equal(("", 0L), (left.Scope, left.Memos));
            Assert.Equal(["yours"], await MemosFixture.TextsAsync(await MemosFixture.SendAsync(host, theirs, HttpMethod.Get, "/v1/memos")));
            backends.Add(left.Backend);
        }

        Assert.Single(backends);
    }

    [Fact]
    [Wall("E2")]
    public async Task Of_many_requests_at_once_none_sees_a_row_of_the_other_tenant()
    {
        Tenant[] tenants = [await memos.NewTenantAsync(), await memos.NewTenantAsync()];
        Guid[] ids = [await memos.AddAsync(tenants[0], "0"), await memos.AddAsync(tenants[1], "1")];

        for (var round = 0; round < Rounds; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(number => CallAsync(number, number % 2)));
        }

        async Task CallAsync(int number, int own)
        {
            switch (number / 2 % 4)
            {
                case 0:
                    Assert.All(await MemosFixture.TextsAsync(await memos.SendAsync(tenants[own], HttpMethod.Get, "/v1/memos?limit=100")), text => Assert.Equal($"{own}", text));
                    break;
                case 1:
                    Assert.Equal(HttpStatusCode.NotFound, (await memos.SendAsync(tenants[own], HttpMethod.Get, $"/v1/memos/{ids[1 - own]}")).StatusCode);
                    break;
                case 2:
                    await memos.AddAsync(tenants[own], $"{own}");
                    break;
                default:
                    Assert.Equal(HttpStatusCode.InternalServerError, (await memos.SendAsync(tenants[own], HttpMethod.Post, "/v1/odd/fail?how=statement")).StatusCode);
                    break;
            }
        }
    }
}
