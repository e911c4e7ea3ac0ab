using HardenedService.Operations;
using HardenedService.Platform.Configuration;
using Microsoft.Extensions.Configuration;

using var configuration = new ConfigurationManager();
configuration.AddEnvironmentVariables();
configuration.AddSecretFiles();

return await OperationsConsole.InvokeAsync(args, configuration, Console.Out, Console.Error, CancellationToken.None);
