using HardenedService.Platform.Errors;
using HardenedService.Platform.Idempotency;
using HardenedService.Platform.Preconditions;
using HardenedService.Platform.Tenancy;

namespace HardenedService.Api.Invoices;

internal static class InvoiceEndpoints
{
    public static void MapInvoices(this IEndpointRouteBuilder v1)
    {
        var routes = v1.MapGroup("/invoices").RequireMember().WithTags("Invoices");

        routes.MapGet("/", ListInvoices.Handle);
        routes.MapGet("/{id:guid}", GetInvoice.Handle).SendsVersion().Answers(Problems.NotFound);
        routes.MapPost("/", CreateInvoice.Handle).RequireIdempotencyKey().SendsVersion(StatusCodes.Status201Created).Answers(Problems.Conflict);
        routes.MapPatch("/{id:guid}", ChangeInvoice.Handle).RequireIfMatch().SendsVersion().Answers(Problems.NotFound);
        routes.MapDelete("/{id:guid}", DeleteInvoice.Handle)
            .RequireIfMatch()
            .RequirePermission(InvoicePermissions.Delete)
            .Answers(Problems.NotFound);
    }
}
