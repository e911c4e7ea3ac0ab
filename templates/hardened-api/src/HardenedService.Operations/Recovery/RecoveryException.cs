namespace HardenedService.Operations.Recovery;

/// <summary>A backup cannot be made, or is not what it should be; the message says what, where, and what to do.</summary>
internal sealed class RecoveryException(string message, Exception? inner = null) : Exception(message, inner);
