using HardenedService.Api.Identity;
using HardenedService.Platform;
using HardenedService.Platform.Security;

var builder = WebApplication.CreateBuilder(args);

// Here and not in Platform: the validation generator sees the request records of this project only.
builder.Services.AddValidation();

builder.AddPlatform();
builder.AddIdentity();

var app = builder.Build();

app.UsePlatform();

var v1 = app.MapGroup("/v1").RequireSession();
v1.MapAccounts();
v1.MapSessions();

app.Run();
