namespace HardenedService.Operations.Databases;

/// <summary>Roles or database could not be set up; the message says why, in a line fit for the console.</summary>
internal sealed class ProvisioningException(string message, Exception? inner = null) : Exception(message, inner);
