using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Cache;

/// <summary>
/// Reads from the object store with bounded retries: transient failures are tried again after a growing, jittered pause, longer when the
/// store asks for less. The caller keeps its place in the budget meanwhile, which is the back-pressure that a throttling store needs.
/// </summary>
internal sealed class ObjectReads(IObjectStore store, BrokerRuntime runtime, FetchMetrics metrics)
{
    /// <summary>How often a read is tried in all: about a third of a second, ten times that when throttled.</summary>
    public const int MaxAttempts = 6;

    private const int ThrottledFactor = 10;

    /// <summary>Counters.</summary>
    public FetchMetrics Metrics => metrics;

    /// <summary>Reads exactly so many bytes; an object that ends before is corrupt.</summary>
    public async ValueTask ReadExactlyAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var count = await RunAsync(c => store.GetRangeAsync(name, position, destination, c), cancellationToken);
        Check(name, position, count, destination.Length);
    }

    /// <summary>
    /// Reads exactly so many bytes to where it suits the store in <paramref name="room"/>; an object that ends before is corrupt.
    /// </summary>
    public async ValueTask<Memory<byte>> ReadExactlyAsync(
        string name, long position, int length, Memory<byte> room, CancellationToken cancellationToken)
    {
        var bytes = await RunAsync(c => store.GetRangeAsync(name, position, length, room, c), cancellationToken);
        Check(name, position, bytes.Length, length);
        return bytes;
    }

    /// <summary>Part of an object in its file, if the store has such; null: it has to be read.</summary>
    public ValueTask<ObjectFile?> OpenFileAsync(string name, long position, int length, CancellationToken cancellationToken) =>
        store.OpenFileAsync(name, position, length, cancellationToken);

    /// <summary>
    /// Shows part of an object to a scan through its file, so that it lies in the page cache then; false where there is no such file, or no
    /// longer.
    /// </summary>
    public ValueTask<bool> TryScanFileAsync(
        string name, long position, int length, IFileScan scan, Action restart, CancellationToken cancellationToken) =>
            TryUseFileAsync(
                name,
                position,
                length,
                (file, c) =>
                {
                    restart();
                    return file.TryScanAsync(scan, c);
                },
                cancellationToken);

    /// <summary>Has part of an object in the page cache; false where there is no such file, or no longer.</summary>
    public ValueTask<bool> TryPrepareFileAsync(string name, long position, int length, CancellationToken cancellationToken) =>
        TryUseFileAsync(
            name,
            position,
            length,
            static async (file, c) =>
            {
                await file.PrepareAsync(c);
                return true;
            },
            cancellationToken);

    /// <summary>Runs a read of several calls on the store, as a whole again if it fails in between.</summary>
    public ValueTask<T> RunAsync<T>(Func<IObjectStore, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken) =>
        RunAsync(c => read(store, c), cancellationToken);

    private async ValueTask<bool> TryUseFileAsync(
        string name, long position, int length, Func<ObjectFile, CancellationToken, ValueTask<bool>> use,
        CancellationToken cancellationToken)
    {
        var isThere = await RunAsync(
            async c =>
            {
                using IDisposable? file = await store.OpenFileAsync(name, position, length, c);
                return file is ObjectFile there && await use(there, c) && there.IsThere;
            },
            cancellationToken);
        if (isThere)
            metrics.BytesRead(length);
        return isThere;
    }

    private void Check(string name, long position, int count, int wanted)
    {
        metrics.BytesRead(count);
        if (count != wanted)
            throw new StoreException(StoreErrorKind.Corrupt, $"the object '{name}' ends after {count} of {wanted} bytes at {position}");
    }

    private async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(runtime);
        while (true)
        {
            TimeSpan pause;
            try
            {
                metrics.ObjectRead();
                return await read(cancellationToken);
            }
            catch (StoreException e) when (e.IsTransient && backoff.Failures < MaxAttempts - 1)
            {
                metrics.Retry();
                pause = backoff.Next() * (e.Kind == StoreErrorKind.Throttled ? ThrottledFactor : 1);
            }

            await Task.Delay(pause, runtime.Time, cancellationToken);
        }
    }
}
