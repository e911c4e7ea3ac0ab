namespace HardenedService.Platform.Outbound;

/// <summary>
/// An address given by a user is not called. Answered with 400 <c>validation_failed</c>, best by the handler itself, which knows the member.
/// </summary>
/// <param name="message">What is wrong with it, for people. It does not tell what the name resolves to.</param>
public sealed class RefusedAddressException(string message) : Exception(message);
