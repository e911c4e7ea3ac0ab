namespace HardenedService.Platform.Tenancy;

/// <summary>What a person is in an organization. Each holds what the ones before it do.</summary>
public enum OrganizationRole
{
    /// <summary>Works in it.</summary>
    Member,

    /// <summary>Decides who belongs to it.</summary>
    Admin,

    /// <summary>Decides about the organization itself. There is always one.</summary>
    Owner,
}
