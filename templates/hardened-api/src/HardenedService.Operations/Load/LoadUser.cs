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

    /// <summary>Until when they leave the service alone, because it asked for that (429), counted from the start. Of no worth after the run.</summary>
    public TimeSpan HeldUntil { get; set; }
}
