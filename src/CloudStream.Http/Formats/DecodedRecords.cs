using System.Buffers;
using CloudStream.Log.Calls;
using CloudStream.Log.Memory;
using CloudStream.Records;

namespace CloudStream.Http.Formats;

/// <summary>
/// The records of a fetch, decoded a page at a time. Decompressing takes from the broker's budget for that, and only while the processor
/// works: never while a client is waited for, or room. What stays in memory is the page's own records, whatever the batches expand to.
/// Used by one logical thread; what it was given stays the caller's.
/// </summary>
/// <param name="memory">The broker's.</param>
/// <param name="result">What was fetched.</param>
/// <param name="offset">The first record wanted.</param>
internal sealed class DecodedRecords(BrokerMemory memory, FetchResult result, long offset) : IDisposable
{
    private const int ChunkBytes = 64 * 1024, LargeCost = 3;

    private readonly TransferLease _held = memory.Sending.Open(isBeside: true);
    private readonly List<IMemoryOwner<byte>> _chunks = [];
    private Record[] _records = [];
    private int _count;
    private int _countBeforeChunk;
    private long _bytes;
    private long _cost;
    private RecordStream? _stream;
    private long _reserved;
    private int _piece;
    private int _batchStart;
    private int _batchEnd;

    /// <summary>The page; valid until the next one.</summary>
    public ReadOnlySpan<Record> Page => _records.AsSpan(0, _count);

    /// <summary>Records of the page.</summary>
    public int Count => _count;

    /// <summary>Where to go on after the page.</summary>
    public long NextOffset { get; private set; } = offset;

    /// <summary>Record number <paramref name="index"/> of the page.</summary>
    public ref readonly Record this[int index] => ref _records[index];

    /// <summary>
    /// Decodes the next page: records until there are <paramref name="limit"/> or they hold <paramref name="maxBytes"/>. Empty at the end.
    /// </summary>
    /// <exception cref="InvalidRecordBatchException">
    /// The next batch cannot be decoded; records before it came in an earlier page.
    /// </exception>
    public async ValueTask FillAsync(long limit, long maxBytes, CancellationToken cancellationToken)
    {
        (_count, _countBeforeChunk, _bytes) = (0, 0, 0);
        DropChunks(keep: _stream is null ? 0 : 1);
        while (_count < limit && (_bytes < maxBytes || _count == 0))
        {
            try
            {
                if (_stream is null && !await TryOpenAsync(cancellationToken))
                {
                    NextOffset = Math.Max(result.NextOffset, NextOffset);
                    return;
                }

                if (Decode(limit, maxBytes) is > 0 and var cost)
                    await TakeRoomAsync(cost + maxBytes, cancellationToken);
            }
            catch (InvalidRecordBatchException) when (_count > 0)
            {
                // What comes before the broken batch is a page; who asks for the next one is told.
                Rest();
                return;
            }
            catch
            {
                Rest();
                throw;
            }
        }
    }

    /// <summary>Lets go of what decompressing takes, before somebody is waited for; the page stays.</summary>
    public void Rest()
    {
        _stream?.Dispose();
        _stream = null;
        if (_reserved > 0)
            memory.Decoding.Release(_reserved);
        _reserved = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Rest();
        DropChunks(keep: 0);
        _held.Dispose();
        if (_records.Length > 0)
            ArrayPool<Record>.Shared.Return(_records, clearArray: true);
        (_records, _count) = ([], 0);
    }

    // Goes to the next batch that may have wanted records.
    private async ValueTask<bool> TryOpenAsync(CancellationToken cancellationToken)
    {
        if (!TryFindBatch(out var batch))
            return false;
        var needed = RecordScanner.MemoryFor(new ReadOnlySequence<byte>(batch));
        if (needed > 0)
            await memory.Decoding.AcquireAsync(needed, cancellationToken);
        _reserved = needed;
        _stream = new RecordStream(batch, result.MaxDecompressedBytes);
        return true;
    }

    private bool TryFindBatch(out ReadOnlyMemory<byte> batch)
    {
        for (; _piece < result.Pieces.Count; _piece++, _batchStart = 0)
        {
            var piece = result.Pieces[_piece];
            var walk = new RecordBatchEnumerator(piece.Span[_batchStart..]);
            while (walk.MoveNext())
            {
                if (walk.Current.NextOffset <= NextOffset || walk.Current.IsControl)
                    continue;
                _batchStart += walk.CurrentStart;
                _batchEnd = _batchStart + walk.Current.TotalBytes;
                batch = piece[_batchStart.._batchEnd];
                return true;
            }

            if (walk.Status != BatchReadStatus.End)
                throw new InvalidRecordBatchException("is no whole batch of format 2", _batchStart + walk.CurrentStart);
        }

        batch = default;
        return false;
    }

    // Nothing is waited for here. Gives what the page takes with the next record where that is not to be had at once.
    private long Decode(long limit, long maxBytes)
    {
        while (_count < limit && (_bytes < maxBytes || _count == 0))
        {
            switch (_stream!.Read(out var record))
            {
                case RecordStreamStatus.Record when record.Offset >= NextOffset:
                    Add(record);
                    break;
                case RecordStreamStatus.NeedsRoom:
                    if (NextRoom(_stream.NeededBytes) is not { } room)
                        return _cost + Cost(_stream.NeededBytes);
                    _stream.Continue(room);
                    break;
                case RecordStreamStatus.End:
                    Rest();
                    _batchStart = _batchEnd;
                    return 0;
            }
        }

        return 0;
    }

    private void Add(in Record record)
    {
        if (_count == _records.Length)
            Grow();
        _records[_count++] = record;
        _bytes += (record.Key?.Length ?? 0) + (record.Value?.Length ?? 0) + 32;
        NextOffset = record.Offset + 1;
    }

    // Where no record of the page lies in the last piece of memory, that is used again. Null where there is no room for another one.
    private Memory<byte>? NextRoom(long needed)
    {
        if (_chunks.Count > 0 && _countBeforeChunk == _count && _chunks[^1].Memory.Length >= needed)
            return _chunks[^1].Memory;
        if (!_held.TryTake(_cost + Cost(needed)))
            return null;
        _cost += Cost(needed);
        _countBeforeChunk = _count;
        _chunks.Add(needed <= ChunkBytes ? MemoryPool<byte>.Shared.Rent(ChunkBytes) : BrokerMemory.Rent((int)needed));
        return _chunks[^1].Memory;
    }

    // Others may hold what it waits for, and wait for what decompressing takes. As much is asked for as the whole page may take, as
    // decoding begins again with the batch.
    private async ValueTask TakeRoomAsync(long bytes, CancellationToken cancellationToken)
    {
        Rest();
        await _held.TakeAsync(bytes, cancellationToken);
    }

    private void Grow()
    {
        var bigger = ArrayPool<Record>.Shared.Rent(Math.Max(64, _records.Length * 2));
        Page.CopyTo(bigger);
        if (_records.Length > 0)
            ArrayPool<Record>.Shared.Return(_records, clearArray: true);
        _records = bigger;
    }

    // An open stream goes on in its memory.
    private void DropChunks(int keep)
    {
        var drop = Math.Max(0, _chunks.Count - keep);
        for (var i = 0; i < drop; i++)
            _chunks[i].Dispose();
        _chunks.RemoveRange(0, drop);
        _cost = _chunks.Count == 0 ? 0 : Cost(_chunks[0].Memory.Length);
        _held.Shrink(_cost);
    }

    // A large record is counted at what it takes as text, too.
    private static long Cost(long bytes) => bytes <= ChunkBytes ? ChunkBytes : LargeCost * bytes;
}
