namespace HardenedService.Operations.Postgres;

/// <summary>A private cluster cannot start; the message says why, and what to do.</summary>
internal sealed class LocalClusterException(string message, Exception? inner = null) : Exception(message, inner);
