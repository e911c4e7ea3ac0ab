using HardenedService.Api.Documents.Files;
using HardenedService.Api.Documents.Reviews;
using HardenedService.Api.Documents.Scanning;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Privacy;
using HardenedService.Platform.Sweeps;

namespace HardenedService.Api.Documents;

internal static class DocumentExtensions
{
    public static void AddDocuments(this WebApplicationBuilder builder)
    {
        builder.AddOptions<DocumentOptions>(DocumentOptions.Section);
        builder.AddDbContext<DocumentsDb>();
        builder.Services.AddScoped<IFileStore, PostgresFileStore>();
        builder.Services.AddScoped<UploadReceiver>();
        builder.AddPersonalData<DocumentData>();
        builder.MapConstraint("files_organization_id_fkey", Problems.Forbidden, "The organization was deleted in the meantime.");
        builder.MapConstraint("documents_organization_id_fkey", Problems.Forbidden, "The organization was deleted in the meantime.");
        builder.MapConstraint("documents_created_by_fkey", Problems.Unauthenticated, "The account was deleted in the meantime.");

        // By this name, which its policy admits: what is left of uploads that broke off.
        builder.AddSweep(_ => Sweep.Ended("files", "documents.files", "expires_at"));
        builder.AddScanning();
        builder.AddReviews();
    }
}
