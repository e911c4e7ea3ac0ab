using HardenedService.Api;
//#if (documents)
using HardenedService.Api.Documents;
//#endif
using HardenedService.Api.Identity;
using HardenedService.Api.Organizations;
using HardenedService.Platform;

var builder = PlatformApplication.CreateBuilder(args);

// Here and not in Platform: their generators see the request records and the comments of this project only.
builder.Services.AddValidation();
builder.Services.AddOpenApi();

builder.AddPlatform();
builder.AddIdentity();
builder.AddOrganizations();
//#if (documents)
builder.AddDocuments();
//#endif
builder.AddFeatures();

var app = builder.Build();

app.UsePlatform();

var v1 = app.MapApi("/v1");
v1.MapAccounts();
v1.MapSessions();
v1.MapSecondFactors();
v1.MapPasskeys();
v1.MapOrganizations();
v1.MapAudit();
//#if (documents)
v1.MapDocuments();
//#endif
v1.MapFeatures();

app.Run();
