using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Files;

/// <summary>
/// Large transfers past the page cache: what a log writes is read by few and soon pushed out again, and making room for it costs a
/// processor more than the transfer. The transfer goes through aligned buffers; what lies before the first and behind the last whole block
/// goes through the page cache. Where the file system does not take such transfers, everything does. Thread-safe.
/// </summary>
internal sealed class DirectTransfers(bool isWanted)
{
    /// <summary>From how many bytes on a transfer is worth it.</summary>
    public const int LeastBytes = 128 * 1024;

    private const int MaxKeptBuffers = 8;
    private const int WriteBytes = 2 * 1024 * 1024;
    private const int InvalidArgument = 22; // EINVAL: what file systems say of transfers that they do not take.

    private readonly ConcurrentBag<AlignedBuffer> _buffers = [];
    private volatile bool _isOff = !isWanted;

    /// <summary>Whether nobody has wanted them or the file system has refused one.</summary>
    public bool AreOff => _isOff;

    /// <summary>Opens an existing file for such transfers; null when there are none here.</summary>
    public SafeFileHandle? TryOpen(string path, FileAccess access)
    {
        if (_isOff)
            return null;
        var file = PosixFile.TryOpenDirect(path, access, out var isSupported);
        _isOff |= !isSupported;
        return file;
    }

    /// <summary>Writes pieces one after the other.</summary>
    /// <param name="file">The file as everybody opens it.</param>
    /// <param name="direct">The same file, opened here; null to go through the page cache.</param>
    /// <param name="pieces">What is written.</param>
    /// <param name="length">Bytes of all pieces.</param>
    /// <param name="position">Where in the file.</param>
    /// <exception cref="IOException">Some of it may be written.</exception>
    public void Write(SafeFileHandle file, SafeFileHandle? direct, IReadOnlyList<ReadOnlyMemory<byte>> pieces, long length, long position)
    {
        if (_isOff || direct is null || length < LeastBytes || !TryWrite(file, direct, pieces, length, position))
            RandomAccess.Write(file, pieces, position);
    }

    /// <summary>
    /// Reads bytes, or up to the end of the file, to somewhere in <paramref name="room"/>: where the disk puts them if it has room for
    /// whole blocks, and at its beginning otherwise.
    /// </summary>
    /// <param name="direct">The file, opened here.</param>
    /// <param name="buffer">The caller's, to read into what cannot be read in place; the disk is asked for as much at a time.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="room">Where they go.</param>
    /// <param name="position">Where in the file.</param>
    /// <returns>The part of <paramref name="room"/> that holds the bytes; null when the file system does not take it, and it must be read
    /// through the page cache.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public Memory<byte>? Read(SafeFileHandle direct, AlignedBuffer buffer, int length, Memory<byte> room, long position)
    {
        try
        {
            using var pinned = room.Pin(); // Its address is looked at, and must stay.
            return HasRoomForBlocks(pinned, length, room, position)
                ? ReadInPlace(direct, buffer.Span.Length, length, room, position)
                : room[..ReadThrough(direct, buffer.Span, room.Span[..length], position)];
        }
        catch (Exception e) when (IsRefusal(e))
        {
            _isOff = true;
            return null;
        }
    }

    private static unsafe bool HasRoomForBlocks(in MemoryHandle room, int length, Memory<byte> bytes, long position) =>
        (nint)room.Pointer % AlignedBuffer.BlockBytes == 0 && RoundUp((position % AlignedBuffer.BlockBytes) + length) <= bytes.Length;

    private static Memory<byte> ReadInPlace(SafeFileHandle direct, int most, int length, Memory<byte> room, long position)
    {
        var skipped = (int)(position % AlignedBuffer.BlockBytes);
        var (done, end) = (0, (int)RoundUp(skipped + (long)length));
        while (done < end)
        {
            var wanted = Math.Min(most, end - done);
            var count = RandomAccess.Read(direct, room.Span.Slice(done, wanted), position - skipped + done);
            done += count;
            if (count < wanted)
                break; // The end of the file.
        }

        return room.Slice(skipped, Math.Clamp(done - skipped, 0, length));
    }

    private static int ReadThrough(SafeFileHandle direct, Span<byte> buffer, Span<byte> destination, long position)
    {
        var (done, skipped) = (0, (int)(position % AlignedBuffer.BlockBytes));
        while (done < destination.Length)
        {
            var wanted = (int)Math.Min(buffer.Length, RoundUp(skipped + (long)destination.Length - done));
            var count = RandomAccess.Read(direct, buffer[..wanted], position + done - skipped);
            if (count <= skipped)
                break;
            var useful = Math.Min(count - skipped, destination.Length - done);
            buffer.Slice(skipped, useful).CopyTo(destination[done..]);
            (done, skipped) = (done + useful, 0);
            if (count < wanted)
                break; // The end of the file.
        }

        return done;
    }

    private bool TryWrite(SafeFileHandle file, SafeFileHandle direct, IReadOnlyList<ReadOnlyMemory<byte>> pieces, long length,
        long position)
    {
        var buffer = Rent();
        try
        {
            var source = new PieceCursor(pieces);
            var head = (int)(RoundUp(position) - position);
            WriteSome(file, ref source, buffer.Span, head, position);
            for (var done = (long)head; done < length;)
            {
                var count = (int)Math.Min(buffer.Span.Length, length - done);
                if (count < AlignedBuffer.BlockBytes)
                {
                    WriteSome(file, ref source, buffer.Span, count, position + done);
                    break;
                }

                count -= count % AlignedBuffer.BlockBytes;
                WriteSome(direct, ref source, buffer.Span, count, position + done);
                done += count;
            }

            return true;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            _isOff = true;
            return false;
        }
        finally
        {
            Return(buffer);
        }
    }

    private static void WriteSome(SafeFileHandle file, ref PieceCursor source, Span<byte> buffer, int count, long position)
    {
        if (count == 0)
            return;
        source.CopyTo(buffer[..count]);
        RandomAccess.Write(file, buffer[..count], position);
    }

    private static long RoundUp(long position) =>
        (position + AlignedBuffer.BlockBytes - 1) / AlignedBuffer.BlockBytes * AlignedBuffer.BlockBytes;

    private static bool IsRefusal(Exception e) => e is ArgumentException || (e is IOException && (e.HResult & 0xFFFF) == InvalidArgument);

    private AlignedBuffer Rent() => _buffers.TryTake(out var buffer) ? buffer : new AlignedBuffer(WriteBytes);

    private void Return(AlignedBuffer buffer)
    {
        if (_buffers.Count < MaxKeptBuffers)
            _buffers.Add(buffer);
        else
            buffer.Dispose();
    }

    /// <summary>Goes through pieces from front to back.</summary>
    private struct PieceCursor(IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        private int _piece;
        private int _start;

        public void CopyTo(Span<byte> destination)
        {
            while (!destination.IsEmpty)
            {
                var rest = pieces[_piece].Span[_start..];
                var count = Math.Min(rest.Length, destination.Length);
                rest[..count].CopyTo(destination);
                destination = destination[count..];
                (_piece, _start) = count == rest.Length ? (_piece + 1, 0) : (_piece, _start + count);
            }
        }
    }
}
