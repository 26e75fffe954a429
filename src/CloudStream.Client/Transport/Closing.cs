namespace CloudStream.Client.Transport;

/// <summary>Disposes synchronously what is disposed asynchronously.</summary>
internal static class Closing
{
    // On a thread of the pool: what is awaited must not come back to a caller's context that is blocked here.
    public static void Wait(IAsyncDisposable open) => Task.Run(async () => await open.DisposeAsync()).GetAwaiter().GetResult();
}
