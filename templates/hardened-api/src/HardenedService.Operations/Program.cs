using System.Runtime.InteropServices;
using HardenedService.Operations;
using HardenedService.Platform.Configuration;
using Microsoft.Extensions.Configuration;

using var configuration = new ConfigurationManager();
configuration.AddEnvironmentVariables();
configuration.AddSecretFiles();

using var stopping = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

return await OperationsConsole.InvokeAsync(args, configuration, Console.Out, Console.Error, stopping.Token);

// What is under way ends where it leaves nothing half done, and tidies up. Whoever cannot wait says so again.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stopping.IsCancellationRequested;
    stopping.Cancel();
}
