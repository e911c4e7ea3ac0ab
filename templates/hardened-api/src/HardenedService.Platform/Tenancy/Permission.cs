using System.Diagnostics.CodeAnalysis;
using HardenedService.Platform.Security;

namespace HardenedService.Platform.Tenancy;

/// <summary>Something that a person may do in their organization. Each feature has its own, and names them by what they allow.</summary>
/// <param name="Name">What it allows: <c>members.manage</c>.</param>
/// <param name="LeastRole">The least role that holds it.</param>
[SuppressMessage("Naming", "CA1711", Justification = "It is one. The rule means the permissions of .NET Framework's code access security.")]
public sealed record Permission(string Name, OrganizationRole LeastRole)
{
    /// <summary>Whether the session's person holds it, in the organization that the session acts in, as the database had it for this request.</summary>
    /// <param name="session">The session.</param>
    /// <returns>True if so; false as well if the session acts in no organization.</returns>
    public bool IsHeldBy(Session session)
    {
        ArgumentNullException.ThrowIfNull(session);

        return session.Role >= LeastRole;
    }
}
