using CloudStream.Client;

namespace CloudStream.Cli.Shell;

internal static class Connection
{
    // A person waits: say soon that there is no broker. Retries still bridge its restart.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static CloudStreamClient Open(Uri server, TimeSpan? patience = null) =>
        new(new CloudStreamClientOptions { Server = server, RetryTimeout = patience ?? Patience });
}
