namespace HardenedService.Platform.Security;

/// <summary>A session that has just begun, or got another token.</summary>
/// <param name="Session">The session.</param>
/// <param name="Token">Its token, which is not stored and cannot be shown again.</param>
public sealed record IssuedSession(Session Session, string Token);
