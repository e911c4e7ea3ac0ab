using HardenedService.Dev;

return await DevCommand.InvokeAsync(args);
