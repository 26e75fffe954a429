using CloudStream.Cli.Shell;

return await CloudStreamCommand.InvokeAsync(args);
