namespace CloudStream.Log.Calls;

/// <summary>
/// What a fetch found: whole record batches, base offsets and leader epochs patched, the first one containing the wanted offset. The
/// pieces are views of shared, immutable buffers: use them, then dispose, and never write to them.
/// </summary>
public sealed class FetchResult : IDisposable
{
    private IDisposable? _lease;
    private IDisposable? _room;

    /// <summary>Creates a result; <paramref name="lease"/> keeps the buffers behind <paramref name="pieces"/> alive.</summary>
    public FetchResult(ErrorCode error, IReadOnlyList<ReadOnlyMemory<byte>> pieces, long bytes, IDisposable? lease)
    {
        Error = error;
        Pieces = pieces;
        Bytes = bytes;
        _lease = lease;
    }

    /// <summary>None, or why there are no records.</summary>
    public ErrorCode Error { get; }

    /// <summary>What, where and the limit; null on success.</summary>
    public string? Detail { get; init; }

    /// <summary>Which offsets cannot be read, where stored records are missing or damaged; null otherwise.</summary>
    public DamagedRange? Damage { get; init; }

    /// <summary>
    /// Record batches v2, whole, in offset order. A batch never spans two pieces, except for who takes files
    /// (<see cref="FetchOptions.TakesFiles"/>).
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Pieces { get; }

    /// <summary>Total length of the pieces in bytes.</summary>
    public long Bytes { get; }

    /// <summary>
    /// Most bytes that one of the batches may decompress to (<c>max.decompressed.message.bytes</c>); more is not decoded.
    /// </summary>
    public int MaxDecompressedBytes { get; internal set; } = 100 * 1024 * 1024;

    /// <summary>Where to go on: one past the last offset returned, or the wanted offset when nothing was.</summary>
    public long NextOffset { get; init; }

    /// <summary>One past the last committed record. Never goes back for any observer.</summary>
    public long HighWatermark { get; init; } = -1;

    /// <summary>Up to where a read-committed consumer may read (= high watermark while there are no transactions).</summary>
    public long LastStableOffset { get; init; } = -1;

    /// <summary>The first offset that can be read.</summary>
    public long LogStartOffset { get; init; } = -1;

    /// <summary>The leader epoch of the partition now; -1 when unknown.</summary>
    public int LeaderEpoch { get; init; } = -1;

    /// <summary>A result without records.</summary>
    public static FetchResult Failed(
        ErrorCode error, string detail, long highWatermark = -1, long logStartOffset = -1, int leaderEpoch = -1) => new(error, [], 0, null)
        {
            Detail = detail,
            HighWatermark = highWatermark,
            LastStableOffset = highWatermark,
            LogStartOffset = logStartOffset,
            LeaderEpoch = leaderEpoch,
        };

    /// <summary>A result that says which records are missing or damaged.</summary>
    public static FetchResult Damaged(DamagedRange damage, string detail, long highWatermark, long logStartOffset, int leaderEpoch) => new(
        ErrorCode.CorruptStorage, [], 0, null)
    {
        Damage = damage,
        Detail = detail,
        HighWatermark = highWatermark,
        LastStableOffset = highWatermark,
        LogStartOffset = logStartOffset,
        LeaderEpoch = leaderEpoch,
    };

    /// <summary>What the result holds of a budget until it is disposed of.</summary>
    internal void Hold(IDisposable room) => _room = room;

    /// <summary>Gives the buffers back. The pieces must not be used afterwards.</summary>
    public void Dispose()
    {
        Interlocked.Exchange(ref _lease, null)?.Dispose();
        Interlocked.Exchange(ref _room, null)?.Dispose();
    }
}
