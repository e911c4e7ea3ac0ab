namespace HardenedService.Dev;

/// <summary>The runner cannot go on; the message says why, and what to do.</summary>
internal sealed class DevException(string message) : Exception(message);
