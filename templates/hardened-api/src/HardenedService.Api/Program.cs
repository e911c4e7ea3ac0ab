using HardenedService.Api.Identity;
using HardenedService.Platform;

var builder = WebApplication.CreateBuilder(args);

// Here and not in Platform: the validation generator sees the request records of this project only.
builder.Services.AddValidation();

builder.AddPlatform();
builder.AddIdentity();

var app = builder.Build();

app.UsePlatform();

var v1 = app.MapApi("/v1");
v1.MapAccounts();
v1.MapSessions();

app.Run();
