namespace HardenedService.Operations;

/// <summary>The call must be another one: an option or a setting is missing or wrong. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
