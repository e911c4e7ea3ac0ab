using HardenedService.Platform.Configuration;
using HardenedService.Platform.Sweeps;

namespace HardenedService.Api.Organizations;

internal static class OrganizationExtensions
{
    public static void AddOrganizations(this WebApplicationBuilder builder)
    {
        builder.AddOptions<InvitationOptions>(InvitationOptions.Section);
        builder.Services.AddScoped<OwnOrganizations>();
        builder.Services.AddScoped<Memberships>();
        builder.Services.AddScoped<InvitationLimits>();
        builder.Services.AddSingleton<InvitationMails>();

        // By this name, which its policy admits.
        builder.AddSweep(_ => Sweep.Ended("invitations", "tenancy.invitations", "expires_at"));
    }
}
