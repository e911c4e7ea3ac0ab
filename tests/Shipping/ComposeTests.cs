using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace HardenedStarter.Tests.Shipping;

/// <summary>The compose file and the image, step by step, as processes: same commands, users, environments, secrets, order and file systems.</summary>
public sealed class ComposeTests(TemplateFixture template)
{
    private static readonly string[] Replicas = ["api-a", "api-b"];
    private static readonly string[] Steps = ["provision", "migrate"];
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(3);

    [Fact(DisplayName = "Wall J5: what the compose file starts runs in its order, without root, privileges or anything to write to but /tmp, and answers behind nginx")]
    public async Task What_the_compose_file_starts_answers_behind_nginx()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "To make a container's walls out of namespaces takes root, on Linux.");
        var cancel = TestContext.Current.CancellationToken;
        var releases = await Releases.MakeAsync(template, cancel);
        await using var composition = await Composition.StartAsync(template.NewFolder(), releases.First, cancel);

        foreach (var name in Steps)
        {
            var step = composition.Of(name);
            Assert.True(await step.RunAsync() == 0, $"{name}:\n{step.Output}");
        }

        var replicas = Replicas.Select(composition.Of).ToList();
        var processes = replicas.ConvertAll(replica => replica.Start());

        try
        {
            foreach (var replica in replicas)
            {
                await replica.BecomesHealthyAsync(LongestStart);
            }

            await using var nginx = composition.StartNginx();
            await AnswersAsync(composition, cancel);

            var inside = composition.Of("api-a");
            Assert.Equal(0, await inside.InsideAsync("sh", "-c", "touch /tmp/a && ! touch /mnt/api/a && ! touch /run/a && ! touch /var/tmp/a"));
            Assert.Equal(0, await inside.InsideAsync("sh", "-c", "[ \"$(id -u):$(id -g)\" = 1654:1654 ] && grep -q 'NoNewPrivs:.1' /proc/self/status && grep -q 'CapBnd:.0000000000000000' /proc/self/status"));
            Assert.Equal(0, await inside.InsideAsync("sh", "-c", "[ \"$(ls /run/secrets | xargs)\" = 'Database__ConnectionString key-ring.crt key-ring.key postgres.crt' ]"));
        }
        finally
        {
            await Task.WhenAll(processes.Select(process => process.DisposeAsync().AsTask()));
        }

        // SIGTERM, and the time that the compose file gives.
        Assert.All(processes, process => Assert.Equal(0, process.Exited.Result));
    }

    private static async Task AnswersAsync(Composition composition, CancellationToken cancel)
    {
        using var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(composition.Ops, "secrets", "nginx.crt"));
        using var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, token) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(composition.NginxAddress, 443, token);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        });

        for (var tries = 0; ; tries++)
        {
            try
            {
                // Twice, so that each replica is asked.
                foreach (var _ in Replicas)
                {
                    using var answer = await client.GetAsync(new Uri("https://service.example:8443/v1/account"), cancel);
                    Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
                    Assert.Contains("\"unauthenticated\"", await answer.Content.ReadAsStringAsync(cancel), StringComparison.Ordinal);
                }

                return;
            }
            catch (HttpRequestException) when (tries < 100)
            {
                using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
                await again.WaitForNextTickAsync(cancel);
            }
        }
    }
}
