using HardenedService.Ci;

return await CiCommand.InvokeAsync(args);
