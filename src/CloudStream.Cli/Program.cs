using CloudStream.Cli;

return await CloudStreamCommand.InvokeAsync(args);
