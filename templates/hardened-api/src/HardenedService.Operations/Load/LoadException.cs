namespace HardenedService.Operations.Load;

/// <summary>The load test could not begin; the message says why.</summary>
internal sealed class LoadException(string message) : Exception(message);
