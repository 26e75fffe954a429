using System.Buffers;
using CloudStream.Log.Flushes;
using CloudStream.Records;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Chunks;

/// <summary>
/// Decides whether bytes are what the index says, as they come, however they are cut: whole batches, each matching its CRC-32C, together
/// exactly the offsets of the chunk. What the CRC does not cover (base offset, leader epoch) is checked in merged chunks and left to be
/// overwritten in flushed ones. Notes where each batch begins, and with which offset. Allocates nothing per batch. Used by one at a time.
/// </summary>
internal sealed class ChunkScan(ChunkLocation location) : IFileScan, IDisposable
{
    private const int FirstRoom = 64;

    private readonly byte[] _header = new byte[RecordBatchLayout.HeaderBytes];
    private int[] _starts = ArrayPool<int>.Shared.Rent(FirstRoom);
    private long[] _offsets = ArrayPool<long>.Shared.Rent(FirstRoom);
    private int _position;
    private int _batchStart;
    private int _inHeader;
    private int _left;
    private uint _crc;
    private int _lastEpoch;
    private long _offset = location.BaseOffset;
    private string? _complaint;

    /// <summary>Good batches so far.</summary>
    public int Batches { get; private set; }

    /// <summary>Whether the chunk turned out to be better in memory; then the rest of it was not looked at.</summary>
    public bool IsForMemory { get; private set; }

    /// <summary>Forgets everything: the bytes come again from the beginning.</summary>
    public void Restart()
    {
        (_position, _inHeader, _left, _lastEpoch, _offset, _complaint) = (0, 0, 0, 0, location.BaseOffset, null);
        (Batches, IsForMemory) = (0, false);
    }

    /// <summary>Takes the next bytes.</summary>
    /// <returns>False when the rest is of no interest.</returns>
    public bool Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && _complaint is null)
        {
            var wanted = _left > 0 ? _left : RecordBatchLayout.HeaderBytes - _inHeader;
            var some = bytes[..Math.Min(wanted, bytes.Length)];
            bytes = bytes[some.Length..];
            _position += some.Length;
            if (_left > 0)
            {
                _crc = Crc32C.Append(_crc, some);
                _left -= some.Length;
            }
            else
            {
                some.CopyTo(_header.AsSpan(_inHeader));
                _inHeader += some.Length;
                if (_inHeader < RecordBatchLayout.HeaderBytes)
                    break;
                Begin();
            }

            if (_left == 0 && _complaint is null)
                Finish();
        }

        return _complaint is null;
    }

    /// <summary>
    /// The same for a chunk that may stay in its file: once it is clear that it is better in memory, the rest is not read.
    /// </summary>
    bool IFileScan.Add(ReadOnlySpan<byte> bytes)
    {
        var goesOn = Add(bytes);
        IsForMemory = Batches > 0 && !FileChunk.IsWorthIt(location, (int)((long)Batches * location.Bytes / _position));
        return goesOn && !IsForMemory;
    }

    /// <summary>
    /// Takes what the writer of a flushed object knows of it instead of the bytes: he verified them before he wrote them.
    /// </summary>
    /// <returns>False when that is not the chunk, exactly: then nothing is taken.</returns>
    public bool TryTake(FlushLayout layout)
    {
        var (first, count) = layout.Find(location.Key.Position, location.Bytes);
        if (count == 0 || layout.OffsetOf(first) != location.BaseOffset || location.IsMerged || !FileChunk.IsWorthIt(location, count))
            return false;
        for (var batch = first; batch < first + count; batch++)
        {
            if (Batches == Math.Min(_starts.Length, _offsets.Length))
                Grow();
            (_starts[Batches], _offsets[Batches]) = ((int)(layout.PositionOf(batch) - location.Key.Position), layout.OffsetOf(batch));
            Batches++;
        }

        (_position, _offset) = (location.Bytes, location.EndOffset);
        return true;
    }

    /// <summary>There are no more bytes: what is wrong with them, or null.</summary>
    public string? End()
    {
        if (_complaint is not null)
            return _complaint;
        if (_left > 0 || _inHeader > 0)
            return $"the batch at byte {Start} is broken ({BatchReadStatus.Incomplete})";
        return _offset == location.EndOffset ? null : $"the batches end at offset {_offset} instead of {location.EndOffset}";
    }

    /// <summary>
    /// Makes the bytes of a flushed object, which have all been good, what clients see: writes the committed base offsets and the leader
    /// epoch into the headers.
    /// </summary>
    public void Patch(Span<byte> bytes)
    {
        for (var i = 0; i < Batches; i++)
        {
            RecordBatchLayout.SetBaseOffset(bytes[_starts[i]..], _offsets[i]);
            RecordBatchLayout.SetPartitionLeaderEpoch(bytes[_starts[i]..], location.LeaderEpoch);
        }
    }

    /// <summary>
    /// Hands over where batches begin and with which offsets: pooled arrays, of which the first <see cref="Batches"/> count.
    /// </summary>
    public (int[] Starts, long[] Offsets) Release()
    {
        var taken = (_starts, _offsets);
        (_starts, _offsets) = ([], []);
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var (starts, offsets) = Release();
        if (starts.Length == 0)
            return;
        ArrayPool<int>.Shared.Return(starts);
        ArrayPool<long>.Shared.Return(offsets);
    }

    // Where the batch that is being read begins; all of its header is there, or some.
    private int Start => _left > 0 || _inHeader == RecordBatchLayout.HeaderBytes ? _batchStart : _position - _inHeader;

    private void Begin()
    {
        var header = new RecordBatchHeader(_header);
        _batchStart = _position - RecordBatchLayout.HeaderBytes;
        var status = header.Magic != RecordBatchLayout.CurrentMagic ? BatchReadStatus.BadMagic
            : header.BatchLength is < RecordBatchLayout.MinBatchLength or > int.MaxValue - RecordBatchLayout.LogOverheadBytes
                ? BatchReadStatus.BadLength
            : header.TotalBytes > location.Bytes - _batchStart ? BatchReadStatus.Incomplete
            : BatchReadStatus.Ok;
        if (status != BatchReadStatus.Ok)
        {
            _complaint = $"the batch at byte {_batchStart} is broken ({status})";
            return;
        }

        _left = header.TotalBytes - RecordBatchLayout.HeaderBytes;
        _crc = Crc32C.Compute(_header.AsSpan(RecordBatchLayout.Attributes));
    }

    private void Finish()
    {
        var header = new RecordBatchHeader(_header);
        _complaint = Complain(header);
        if (_complaint is not null)
            return;
        if (Batches == Math.Min(_starts.Length, _offsets.Length))
            Grow();
        (_starts[Batches], _offsets[Batches]) = (_batchStart, _offset);
        _lastEpoch = header.PartitionLeaderEpoch;
        _offset += header.LastOffsetDelta + 1L;
        _inHeader = 0;
        Batches++;
    }

    private string? Complain(RecordBatchHeader header)
    {
        if (_crc != header.Crc)
            return $"the batch at byte {_batchStart} does not match its CRC-32C";
        if (header.LastOffsetDelta < 0 || header.LastOffsetDelta >= location.EndOffset - _offset)
            return $"the batch at byte {_batchStart} holds {header.LastOffsetDelta + 1L} offsets from {_offset} on, the chunk ends at "
                + $"{location.EndOffset}";
        return location.IsMerged && (header.BaseOffset != _offset || header.PartitionLeaderEpoch < _lastEpoch
            || header.PartitionLeaderEpoch > location.LeaderEpoch)
                ? $"the batch at byte {_batchStart} says offset {header.BaseOffset} and epoch {header.PartitionLeaderEpoch} instead of "
                    + $"offset {_offset}"
                : null;
    }

    private void Grow()
    {
        var (starts, offsets) = (ArrayPool<int>.Shared.Rent(Batches * 2), ArrayPool<long>.Shared.Rent(Batches * 2));
        _starts.AsSpan(0, Batches).CopyTo(starts);
        _offsets.AsSpan(0, Batches).CopyTo(offsets);
        ArrayPool<int>.Shared.Return(_starts);
        ArrayPool<long>.Shared.Return(_offsets);
        (_starts, _offsets) = (starts, offsets);
    }
}
