using System.Buffers;
using CloudStream.Records.Compression;

namespace CloudStream.Records;

/// <summary>
/// Reads the records of one stored batch while it is decompressed, into memory that the caller gives piece by piece: what is decompressed
/// never lies in memory as a whole, and the caller decides how much may. Records of uncompressed batches point into the batch. Allocates
/// nothing per record. Not thread-safe.
/// </summary>
/// <remarks>Bad data throws <see cref="InvalidRecordBatchException"/> and nothing else; records before it were good.</remarks>
public sealed class RecordStream : IDisposable
{
    private readonly CompressionCodec? _codec;
    private readonly int _maxBytes;
    private RecordReader.RecordParser _parser;
    private Decompressor? _decompressor;
    private ReadOnlyMemory<byte> _plain;
    private Memory<byte> _room;
    private int _at;
    private int _end;
    private bool _isAtEnd;

    /// <summary>Begins before the first record.</summary>
    /// <param name="batch">Exactly one batch, its header included. Must not change until this is disposed.</param>
    /// <param name="maxDecompressedBytes">Most bytes that the batch's records may decompress to.</param>
    /// <exception cref="InvalidRecordBatchException">The header is impossible, or there are no compressed bytes.</exception>
    public RecordStream(ReadOnlyMemory<byte> batch, int maxDecompressedBytes)
    {
        var header = new RecordBatchHeader(batch.Span);
        var stored = batch[RecordBatchLayout.HeaderBytes..];
        if (header.Compression > CompressionType.Zstd)
            throw Bad($"has unknown compression type {(int)header.Compression}");
        if (header.RecordCount < 0)
            throw Bad($"has record count {header.RecordCount}");
        _parser = new RecordReader.RecordParser(header);
        _maxBytes = Math.Min(maxDecompressedBytes, Array.MaxLength - 64);

        // A batch that compaction has emptied keeps its codec but has nothing to decompress.
        if (header.Compression == CompressionType.None || header.RecordCount == 0)
        {
            (_plain, _end, _isAtEnd) = (stored, stored.Length, true);
            return;
        }

        var source = new ReadOnlySequence<byte>(stored);
        _codec = CompressionCodec.For(header.Compression);
        try
        {
            _decompressor = _codec.Open(source, maxDecompressedBytes, _codec.MemoryFor(source));
        }
        catch (CompressedDataException e)
        {
            throw Cannot(e);
        }
    }

    /// <summary>How much memory <see cref="Continue"/> must give for the next record, in bytes.</summary>
    public long NeededBytes { get; private set; } = Decompressor.MinRoomBytes;

    /// <summary>Goes to the next record, which lives as long as the memory that it lies in.</summary>
    public RecordStreamStatus Read(out Record record)
    {
        record = default;
        if (_parser.Remaining == 0)
        {
            CheckEnd();
            return RecordStreamStatus.End;
        }

        while (true)
        {
            var at = _at;
            if (Varint.TryReadInt32(_plain.Span[.._end], ref at, out var length))
            {
                if (length >= 0 && length <= _end - at)
                {
                    Take(_plain.Slice(at, length), out record);
                    _at = at + length;
                    return RecordStreamStatus.Record;
                }

                if (length < 0 || length > _maxBytes || _isAtEnd)
                    throw Bad($"is cut off or malformed at the length of record {_parser.Index}");
                NeededBytes = (long)at - _at + length + Decompressor.MinRoomBytes;
            }
            else
            {
                if (_isAtEnd || _end - _at >= Varint.MaxBytes32)
                    throw Bad($"is cut off or malformed at the length of record {_parser.Index}");
                NeededBytes = Varint.MaxBytes32 + Decompressor.MinRoomBytes;
            }

            if (_room.Length - _end < Decompressor.MinRoomBytes)
                return RecordStreamStatus.NeedsRoom;
            Fill();
        }
    }

    /// <summary>
    /// Goes on in other memory, or in the same from its beginning: then the records before are no longer valid. Only after
    /// <see cref="RecordStreamStatus.NeedsRoom"/>.
    /// </summary>
    /// <param name="room">At least <see cref="NeededBytes"/>.</param>
    public void Continue(Memory<byte> room)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(room.Length, NeededBytes, nameof(room));
        _plain.Span[_at.._end].CopyTo(room.Span);
        (_plain, _room, _at, _end) = (room, room, 0, _end - _at);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_decompressor is not null)
            _codec!.Close(_decompressor);
        _decompressor = null;
    }

    private void Take(ReadOnlyMemory<byte> body, out Record record)
    {
        if (_parser.Take(body, out record) is { } complaint)
            throw Bad(complaint);
    }

    private void Fill()
    {
        var read = Decompress(_room.Span[_end..]);
        _isAtEnd = read == 0;
        _end += read;
    }

    private void CheckEnd()
    {
        Span<byte> more = stackalloc byte[64];
        if (_at < _end || (!_isAtEnd && Decompress(more) > 0))
            throw Bad("has bytes after its last record");
        _isAtEnd = true;
    }

    private int Decompress(Span<byte> room)
    {
        try
        {
            return _decompressor!.Read(room);
        }
        catch (CompressedDataException e)
        {
            throw Cannot(e);
        }
    }

    private static InvalidRecordBatchException Cannot(CompressedDataException e) =>
        new($"cannot be decompressed: {e.Message.TrimEnd('.')}", 0, e) { IsTooLarge = e.IsTooLarge };

    private static InvalidRecordBatchException Bad(string complaint) => new(complaint, 0);
}
