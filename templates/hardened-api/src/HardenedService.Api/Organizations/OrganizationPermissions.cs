using HardenedService.Platform.Tenancy;

namespace HardenedService.Api.Organizations;

/// <summary>What members may do to their organization.</summary>
internal static class OrganizationPermissions
{
    /// <summary>See who belongs to it.</summary>
    public static readonly Permission SeeMembers = new("members.see", OrganizationRole.Admin);

    /// <summary>Change the roles of others, and remove them. Everybody may leave.</summary>
    public static readonly Permission ManageMembers = new("members.manage", OrganizationRole.Admin);

    /// <summary>Invite people, see who is invited, and take it back.</summary>
    public static readonly Permission ManageInvitations = new("invitations.manage", OrganizationRole.Admin);

    /// <summary>Make somebody an owner, and change the role of one or remove them.</summary>
    public static readonly Permission ManageOwners = new("owners.manage", OrganizationRole.Owner);

    /// <summary>What it takes to give this role to others, or to take it from them.</summary>
    public static Permission ToManage(OrganizationRole role) => role == OrganizationRole.Owner ? ManageOwners : ManageMembers;
}
