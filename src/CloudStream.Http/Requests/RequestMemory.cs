namespace CloudStream.Http.Requests;

/// <summary>The bytes that request bodies in progress may hold together. Thread-safe.</summary>
internal sealed class RequestMemory(long limitBytes)
{
    private long _used;

    /// <summary>Signalled when the application stops: bodies that are not all here by then are given up.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>Bytes held now.</summary>
    public long UsedBytes => Interlocked.Read(ref _used);

    /// <summary>Takes bytes if there are that many left.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= limitBytes)
            return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _used, -bytes);
}
