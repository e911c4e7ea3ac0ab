namespace HardenedService.Ci;

/// <summary>One thing that CI looks at.</summary>
/// <param name="Name">What it is called on the command line and in the workflows.</param>
/// <param name="Description">What it does.</param>
/// <param name="Needs">The step that has to pass before; null for none.</param>
/// <param name="RunAsync">Does it.</param>
internal sealed record Step(string Name, string Description, string? Needs, Func<Workshop, Task> RunAsync);

/// <summary>A step found something; the message says what, unless the output does.</summary>
internal sealed class StepException(string message) : Exception(message);

/// <summary>A step cannot look: what it needs is not there. Fine on a developer's machine, and a failure in CI.</summary>
internal sealed class NotRunException(string message) : Exception(message);
