namespace HardenedService.Operations.Outbox;

/// <summary>No parked message has the id.</summary>
internal sealed class NotParkedException(string message) : Exception(message);
