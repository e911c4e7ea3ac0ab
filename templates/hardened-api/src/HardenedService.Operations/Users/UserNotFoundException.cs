namespace HardenedService.Operations.Users;

/// <summary>No account has the address.</summary>
internal sealed class UserNotFoundException(string message) : Exception(message);
