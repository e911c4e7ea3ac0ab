using System.Net;
using System.Reflection;
using HardenedStarter.Build;
using HardenedStarter.Build.Trying;

namespace HardenedStarter.Tests;

/// <summary>
/// Two replicas behind a real nginx, and what an orchestrator does: it watches readiness, tells nginx of it, and restarts one replica after the
/// other under load.
/// </summary>
public sealed class RollingRestartTests(TemplateFixture template)
{
    private const string Password = "correct horse battery staple";
    private const int Rounds = 3;
    private const int Clients = 8;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BetweenProbes = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    [Fact(DisplayName = "Wall K3: a rolling restart of two replicas behind nginx, round after round under load, fails no request and ends each with 0")]
    public async Task A_rolling_restart_fails_no_request()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        var (folder, cancel) = (template.NewFolder(), TestContext.Current.CancellationToken);
        var data = Path.Combine(folder, "data");
        var configuration = typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        await using var runner = await RunningService.StartAsync(Repository.Template, data, cancel, configuration);
        var replicas = new[] { ServicePorts.Free(), ServicePorts.Free() }.Select(ports => Replica.Start(data, ports, configuration)).ToArray();

        try
        {
            await Task.WhenAll(replicas.Select(replica => replica.BecomesReadyAsync(cancel)));
            var bearer = await SignInAsync(runner.Ports, cancel);
            await using var nginx = await Nginx.StartAsync(Path.Combine(folder, "nginx"), ServicePorts.Free().Port, replicas.Select(replica => replica.Ports.Port));
            await using var orchestrator = new Orchestrator(nginx, replicas);
            await using var load = new SteadyLoad(nginx.Address, bearer, Clients);

            for (var round = 0; round < Rounds; round++)
            {
                for (var i = 0; i < replicas.Length; i++)
                {
                    await DoesAsync(load, 50);
                    var (exitCode, took) = await replicas[i].StopAsync(cancel);
                    Assert.True(exitCode == 0, $"{exitCode}:\n{replicas[i].Output}");
                    Assert.True(took < Limit, $"it took {took}");

                    var ports = replicas[i].Ports;
                    replicas[i].Dispose();
                    replicas[i] = Replica.Start(data, ports, configuration);
                    await replicas[i].BecomesReadyAsync(cancel);
                    await orchestrator.ServesAsync(replicas.Length, cancel);
                }
            }

            await DoesAsync(load, 50);
            await load.EndAsync();
            TestContext.Current.SendDiagnosticMessage($"{load.Done} requests, {load.Repeated} repeated, {load.Stored.Count} stored");

            // What clients saw, and what nginx saw: had it sent a request to a replica that went, it would have noted it.
            Assert.True(load.Failures.Count == 0, string.Join('\n', load.Failures.Take(10)));
            Assert.Empty(nginx.Complaints);
            Assert.DoesNotContain(nginx.Answers, answer => answer[0] == '5');
            Assert.Equal(load.Stored.Count, load.Stored.Values.Distinct().Count());
        }
        finally
        {
            Array.ForEach(replicas, replica => replica.Dispose());
        }
    }

    /// <summary>The session of somebody new.</summary>
    internal static async Task<string> SignInAsync(ServicePorts runner, CancellationToken cancel)
    {
        using var client = new ServiceClient(runner, cancel);
        var email = $"{Guid.NewGuid():N}@example.org";
        await client.CallAsync(HttpMethod.Post, "/v1/accounts", HttpStatusCode.Accepted, new { email, password = Password });
        var token = await client.FetchMailedTokenAsync(email);
        await client.CallAsync(HttpMethod.Post, "/v1/accounts/confirm", HttpStatusCode.NoContent, new { token, password = Password });
        var session = await client.CallAsync(HttpMethod.Post, "/v1/sessions", HttpStatusCode.Created, new { email, password = Password, transport = "bearer" });

        return session.GetProperty("token").GetString()!;
    }

    /// <summary>Waits until so many more requests were answered.</summary>
    internal static async Task DoesAsync(SteadyLoad load, int requests)
    {
        using var again = new PeriodicTimer(BetweenLooks);

        for (var goal = load.Done + requests; load.Done < goal;)
        {
            await again.WaitForNextTickAsync();
        }
    }

    /// <summary>Probes, and tells nginx when the answer changes.</summary>
    private sealed class Orchestrator : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _watching;
        private volatile int _serving;

        public Orchestrator(Nginx nginx, Replica[] replicas) => _watching = WatchAsync(nginx, replicas);

        public async Task ServesAsync(int replicas, CancellationToken cancel)
        {
            using var again = new PeriodicTimer(BetweenLooks);

            while (_serving != replicas)
            {
                await again.WaitForNextTickAsync(cancel);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _watching;
            _stop.Dispose();
        }

        private async Task WatchAsync(Nginx nginx, Replica[] replicas)
        {
            using var probe = new PeriodicTimer(BetweenProbes);
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
            var known = replicas.Select(replica => replica.Ports).ToArray();
            var ready = known.Select(ports => ports.Port).ToList();

            while (!_stop.IsCancellationRequested)
            {
                var found = new List<int>();

                foreach (var ports in known)
                {
                    if (await IsReadyAsync(http, ports))
                    {
                        found.Add(ports.Port);
                    }
                }

                if (found.Count > 0 && !found.SequenceEqual(ready))
                {
                    await nginx.ServeAsync(found);
                    ready = found;
                }

                _serving = ready.Count;
                await probe.WaitForNextTickAsync();
            }
        }

        private static async Task<bool> IsReadyAsync(HttpClient http, ServicePorts ports)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(ports.Management, "health/ready"));
                return answer.StatusCode == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }
}
