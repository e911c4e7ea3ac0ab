using HardenedService.Platform.Data;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Data;

public sealed class DatabasePoolTests
{
    [Fact]
    public void The_options_bound_every_wait()
    {
        var pool = DatabasePool.Settings(new DatabaseOptions
        {
            ConnectionString = "Host=127.0.0.1",
            ConnectTimeout = TimeSpan.FromSeconds(3),
            CommandTimeout = TimeSpan.FromSeconds(4),
        });

        Assert.Equal(3, pool.Timeout);
        Assert.Equal(4, pool.CommandTimeout);
        Assert.Equal("-c statement_timeout=3600", pool.Options);
        Assert.Equal(new DatabaseOptions().PoolSize, pool.MaxPoolSize);
    }

    [Fact]
    public void Behind_a_pooler_nothing_is_asked_of_the_session()
    {
        var pool = DatabasePool.Settings(new DatabaseOptions { ConnectionString = "Host=127.0.0.1", BehindPooler = true });

        Assert.True(pool.NoResetOnClose);
        Assert.Null(pool.Options);
    }

    [Fact]
    public void There_is_a_thread_for_each_connection_of_both_pools()
    {
        using var app = ApiHost.Start("Host=127.0.0.1;Port=1;Maximum Pool Size=200", settings: new Dictionary<string, string> { ["Database:SessionPoolSize"] = "50" });

        ThreadPool.GetMinThreads(out var workers, out _);
        Assert.True(workers >= Environment.ProcessorCount + 250, $"{workers} threads");
    }

    [Fact]
    public void What_is_kept_open_at_least_is_no_more_than_a_pool_holds()
    {
        using var app = ApiHost.Start("Host=127.0.0.1;Port=1;Minimum Pool Size=40");

        Assert.NotNull(app.Services.GetRequiredKeyedService<NpgsqlDataSource>(SessionLookup.Pool));
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Maximum Pool Size=7;Timeout=30;Command Timeout=60;Cancellation Timeout=7;Options=-c statement_timeout=5")]
    [InlineData("host=127.0.0.1;maxpoolsize=7;timeout=30;CommandTimeout=60;cancellationtimeout=7;options=-c statement_timeout=5")]
    public void What_the_connection_string_says_itself_wins(string connectionString)
    {
        var pool = DatabasePool.Settings(new DatabaseOptions { ConnectionString = connectionString });

        Assert.Equal(7, pool.MaxPoolSize);
        Assert.Equal(30, pool.Timeout);
        Assert.Equal(60, pool.CommandTimeout);
        Assert.Equal(7, pool.CancellationTimeout);
        Assert.EndsWith("-c statement_timeout=5", pool.Options);
    }
}
