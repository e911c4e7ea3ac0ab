using System.CommandLine;
using HardenedService.Dev;

namespace HardenedService.Ci;

/// <summary>The command line. Exit codes: 0 all is well, 1 it is not, 2 wrong usage.</summary>
internal static class CiCommand
{
    private const int NotWell = 1;
    private const int WrongUsage = 2;

    public static async Task<int> InvokeAsync(string[] args)
    {
        using var stop = new StopRequest();
        var call = Root(stop.Token).Parse(args);

        try
        {
            // Signals are ours: the library would leave behind what we have started.
            var code = await call.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
            return call.Errors.Count == 0 ? code : WrongUsage;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped.");
            return NotWell;
        }
    }

    private static RootCommand Root(CancellationToken cancel)
    {
        var names = new Argument<string[]>("step") { Arity = ArgumentArity.ZeroOrMore, Description = "The steps to run, in the order of the list above; all, if none is named." };
        names.AcceptOnlyFromAmong([.. Steps.All.Select(step => step.Name)]);
        var strict = new Option<bool>("--strict")
        {
            Description = "What cannot be run here counts as failed. So it does where the environment variable CI is true.",
            DefaultValueFactory = _ => string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase),
        };
        var filter = new Option<string?>("--filter") { Description = "Which tests the step test runs, as `dotnet test --filter` takes it; all, if not given.", HelpName = "expression" };
        var list = string.Join(Environment.NewLine, Steps.All.Select(step => $"  {step.Name,-9}  {step.Description}"));
        var command = new RootCommand($"Runs what CI runs, step by step:{Environment.NewLine}{Environment.NewLine}{list}") { names, strict, filter };
        command.SetAction(async (call, _) =>
        {
            var asked = call.GetValue(names) ?? [];
            var steps = Steps.All.Where(step => asked.Length == 0 || asked.Contains(step.Name)).ToList();
            var workshop = new Workshop(Path.GetFullPath(SolutionFolder.Of(".")), call.GetValue(filter), cancel);

            return await new CiRun(workshop, call.GetValue(strict), Console.Out).RunAsync(steps) ? 0 : NotWell;
        });

        return command;
    }
}
