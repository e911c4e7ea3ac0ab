using System.Diagnostics;
using HardenedService.Operations.Postgres;

var watch = Stopwatch.StartNew();
var cluster = await LocalCluster.StartAsync(new LocalClusterOptions { DataDirectory = args[0], Notice = Console.WriteLine }, default);
Console.WriteLine($"{watch.ElapsedMilliseconds} ms, {cluster.Binaries.Version} on {cluster.Port} in {cluster.DataDirectory}");
await Task.WhenAny(Console.In.ReadLineAsync(), cluster.Exited);
watch.Restart();
await cluster.DisposeAsync();
Console.WriteLine($"stopped in {watch.ElapsedMilliseconds} ms");
return 0;
