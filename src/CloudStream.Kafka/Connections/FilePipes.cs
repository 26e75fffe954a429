using System.Collections.Concurrent;
using CloudStream.Storage.Native;

namespace CloudStream.Kafka.Connections;

/// <summary>
/// The pipes through which files go to sockets, shared by all connections and bounded in number: each takes two file descriptors. Who gets
/// none copies. Thread-safe.
/// </summary>
internal static class FilePipes
{
    private const int MaxPipes = 32;

    private static readonly ConcurrentBag<FilePipe> s_idle = [];
    private static int s_count;

    /// <summary>An empty pipe, or null.</summary>
    public static FilePipe? TryRent()
    {
        if (s_idle.TryTake(out var pipe))
            return pipe;
        if (Interlocked.Increment(ref s_count) <= MaxPipes && FilePipe.TryCreate() is { } fresh)
            return fresh;
        Interlocked.Decrement(ref s_count);
        return null;
    }

    /// <summary>Takes a pipe back; one that is not empty belongs to a connection that broke, and is closed.</summary>
    public static void Return(FilePipe pipe)
    {
        if (pipe.Held == 0)
        {
            s_idle.Add(pipe);
            return;
        }

        pipe.Dispose();
        Interlocked.Decrement(ref s_count);
    }
}
