using System.Collections.Concurrent;
using System.Net.Http.Headers;

namespace HardenedService.Operations.Load;

/// <summary>Somebody whom the load pretends to be.</summary>
/// <param name="email">The address of their account.</param>
/// <param name="password">Its password.</param>
internal sealed class LoadUser(string email, string password)
{
    public string Email => email;

    public string Password => password;

    /// <summary>Of their session, once they have signed in.</summary>
    public string Token { get; set; } = "";

    /// <summary>The organization that they act in.</summary>
    public Guid OrganizationId { get; set; }

    /// <summary>What is theirs to change. Who changes one takes it out, and puts it back with its new version: two at once would be refused.</summary>
    public ConcurrentQueue<LoadRecord> Records { get; } = new();
}

/// <summary>Something that a person has made.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Version">For If-Match.</param>
internal sealed record LoadRecord(string Path, EntityTagHeaderValue Version);
