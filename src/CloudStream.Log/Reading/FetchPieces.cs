using CloudStream.Log.Cache;
using CloudStream.Log.Calls;
using CloudStream.Log.Chunks;
using CloudStream.Log.Flushes;
using CloudStream.Log.Memory;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;
using CloudStream.Records;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Reading;

/// <summary>
/// The pieces of one fetch as they come together, and the references that keep them alive: becomes the result's lease. Used by one
/// fetch at a time.
/// </summary>
internal sealed class FetchPieces(long offset, long maxBytes, bool atLeastOne = true) : IDisposable
{
    private readonly List<ReadOnlyMemory<byte>> _pieces = [];
    private readonly List<IReference> _references = [];
    private List<IDisposable>? _files;
    private bool _isCut;

    /// <summary>Whole batches in offset order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Pieces => _pieces;

    /// <summary>Length of the pieces.</summary>
    public long Bytes { get; private set; }

    /// <summary>Where to go on: one past the last offset in the pieces.</summary>
    public long NextOffset { get; private set; } = offset;

    /// <summary>Whether the next batch has no room, or no batch would have any.</summary>
    public bool IsFull => _isCut || (_pieces.Count > 0 && maxBytes - Bytes < RecordBatchLayout.HeaderBytes);

    /// <summary>With so many bytes the fetch takes more only of what is in memory.</summary>
    public long EnoughBytes { get; init; } = long.MaxValue;

    /// <summary>Whether there are enough bytes for an answer.</summary>
    public bool IsEnough => _pieces.Count > 0 && Bytes >= EnoughBytes;

    /// <summary>Whether pieces may stand for bytes in files (<see cref="ObjectFile"/>).</summary>
    public bool TakesFiles { get; init; }

    /// <summary>What could not be read, when collecting stopped at a failure.</summary>
    public FailedBlock Failed { get; set; }

    /// <summary>Adds what fits of a chunk that holds the next offset; takes over the reference.</summary>
    public void Add(MemoryChunk chunk)
    {
        _references.Add(chunk);
        var (first, end) = Take(chunk);
        if (end == first)
            return;
        var taken = chunk.BytesOf(first, end);
        _pieces.Add(taken);
        Bytes += taken.Length;
    }

    /// <summary>Adds what fits of a chunk in a file; takes over the reference and the file.</summary>
    public void Add(FileChunk chunk, ObjectFile file)
    {
        _references.Add(chunk);
        (_files ??= []).Add(file);
        var (first, end) = Take(chunk);
        Bytes += chunk.Collect(file, first, end, _pieces);
    }

    /// <summary>Adds what fits of a slice of a recent flush that holds the next offset; takes over the reference.</summary>
    public void Add(FlushBuffer flush, long position, long length, long endOffset)
    {
        _references.Add(flush);
        var count = _pieces.Count;
        flush.CollectPieces(position, length, _pieces);
        DropBefore(count);
        for (var i = count; i < _pieces.Count; i++)
        {
            if (Bytes + _pieces[i].Length <= maxBytes)
            {
                Bytes += _pieces[i].Length;
                continue;
            }

            Cut(i, endOffset);
            return;
        }

        NextOffset = endOffset;
    }

    /// <summary>Goes on behind offsets that were given up.</summary>
    public void SkipTo(long offset) => NextOffset = offset;

    /// <summary>
    /// What was collected; the result lives as long as this. Frontiers come from the newest state: a fetch that took long must not show a
    /// high watermark that others have seen pass.
    /// </summary>
    public FetchResult ToResult(IShardLog shard, PartitionState partition)
    {
        var state = shard.State;
        var now = state.Find(partition.Id) ?? partition;
        return new FetchResult(ErrorCode.None, _pieces, Bytes, this)
        {
            NextOffset = NextOffset,
            HighWatermark = now.EndOffset,
            LastStableOffset = now.EndOffset,
            LogStartOffset = now.LogStartOffset,
            LeaderEpoch = state.LeaderEpoch,
        };
    }

    /// <summary>Takes no more.</summary>
    public void Close() => _isCut = true;

    /// <summary>Gives all references back.</summary>
    public void Dispose()
    {
        foreach (var reference in _references)
            reference.Release();
        _references.Clear();
        _files?.ForEach(static f => f.Dispose());
        _files = null;
        _pieces.Clear();
    }

    private (int First, int End) Take(Chunk chunk)
    {
        var taken = chunk.Take(NextOffset, maxBytes - Bytes, atLeastOne && _pieces.Count == 0, out var nextOffset);
        _isCut = nextOffset < chunk.EndOffset;
        NextOffset = nextOffset;
        return taken;
    }

    // Drops batches that end at or before the wanted offset: whole pieces first, then batches of the piece that holds it.
    private void DropBefore(int first)
    {
        var keep = first;
        while (keep + 1 < _pieces.Count && BaseOffsetOf(_pieces[keep + 1]) <= NextOffset)
            keep++;
        _pieces.RemoveRange(first, keep - first);
        var piece = _pieces[first];
        var walk = new RecordBatchEnumerator(piece.Span);
        while (walk.MoveNext() && walk.Current.NextOffset <= NextOffset)
        {
        }

        _pieces[first] = piece[walk.CurrentStart..];
    }

    // Keeps of a piece the batches that fit, and of the very first piece at least one (unless none is asked for); the pieces after it go.
    private void Cut(int index, long endOffset)
    {
        var piece = _pieces[index];
        var walk = new RecordBatchEnumerator(piece.Span);
        var length = 0;
        while (walk.MoveNext() && (length + walk.CurrentBytes.Length <= maxBytes - Bytes || (atLeastOne && index == 0 && length == 0)))
            length += walk.CurrentBytes.Length;
        _isCut = true;
        Bytes += length;
        NextOffset = length == 0 && index == 0 ? NextOffset
            : length < piece.Length ? BaseOffsetOf(piece[length..])
            : index + 1 < _pieces.Count ? BaseOffsetOf(_pieces[index + 1])
            : endOffset;
        _pieces[index] = piece[..length];
        var kept = length == 0 ? index : index + 1;
        _pieces.RemoveRange(kept, _pieces.Count - kept);
    }

    private static long BaseOffsetOf(ReadOnlyMemory<byte> piece) => new RecordBatchHeader(piece.Span).BaseOffset;
}
