using HardenedService.Operations;
using Microsoft.Extensions.Configuration;

var configuration = new ConfigurationBuilder()
    .AddKeyPerFile("/run/secrets", optional: true)
    .AddEnvironmentVariables()
    .Build();

return await OperationsConsole.InvokeAsync(args, configuration, Console.Out, Console.Error, CancellationToken.None);
