using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Tenancy;

namespace HardenedService.Api.Organizations;

internal static class OrganizationEndpoints
{
    public static void MapOrganizations(this IEndpointRouteBuilder v1)
    {
        var organizations = v1.MapGroup("/organizations").WithTags("Organizations");

        organizations.MapGet("/", ListOrganizations.Handle);
        organizations.MapPost("/", CreateOrganization.Handle).Answers(Problems.Conflict);
        organizations.MapPost("/{id:guid}/activate", ActivateOrganization.Handle).Answers(Problems.NotFound, Problems.Conflict);

        // The organization that the session acts in: no call names another one.
        var members = v1.MapGroup("/organization/members").WithTags("Members");

        members.MapGet("/", ListMembers.Handle).RequirePermission(OrganizationPermissions.SeeMembers);
        members.MapPatch("/{userId:guid}", ChangeMemberRole.Handle)
            .RequirePermission(OrganizationPermissions.ManageMembers)
            .Answers(Problems.NotFound, Problems.Conflict);
        members.MapDelete("/{userId:guid}", RemoveMember.Handle).RequireMember().Answers(Problems.NotFound, Problems.Conflict);

        var invitations = v1.MapGroup("/organization/invitations")
            .RequirePermission(OrganizationPermissions.ManageInvitations)
            .WithTags("Invitations");

        invitations.MapGet("/", ListInvitations.Handle);
        invitations.MapPost("/", InviteMember.Handle).OpensOwnTransactions().Answers(Problems.Conflict);
        invitations.MapDelete("/{id:guid}", RevokeInvitation.Handle).Answers(Problems.NotFound);

        v1.MapPost("/invitations/accept", AcceptInvitation.Handle)
            .WithTags("Invitations")
            .Answers(Problems.InvalidToken, Problems.Conflict);
    }
}
