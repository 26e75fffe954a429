using CloudStream.Records;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Segments;

/// <summary>
/// Reads the directory of a segment object and checks it: trailer, checksum, and that the slices it describes fill the object exactly.
/// Failures are those of the store, and <see cref="StoreErrorKind.Corrupt"/>.
/// </summary>
public static class SegmentDirectoryReader
{
    private const int TailBytes = 64 * 1024;

    /// <summary>
    /// Reads a flushed object's directory by way of its trailer: size, last 64 KiB, and the rest of the directory if it is longer.
    /// </summary>
    public static async ValueTask<FlushDirectory> ReadFlushAsync(IObjectStore store, string name, CancellationToken cancellationToken)
    {
        var (pointer, directory) = await ReadByTrailerAsync(store, name, cancellationToken);
        return DecodeFlush(name, pointer, directory.Span);
    }

    /// <summary>Reads a flushed object's directory from where a commit entry says it lies.</summary>
    public static async ValueTask<FlushDirectory> ReadFlushAsync(
        IObjectStore store, string name, DirectoryPointer pointer, CancellationToken cancellationToken) =>
        DecodeFlush(name, pointer, (await ReadAtAsync(store, name, pointer, cancellationToken)).Span);

    /// <summary>Reads a merged object's directory by way of its trailer.</summary>
    public static async ValueTask<MergeDirectory> ReadMergeAsync(IObjectStore store, string name, CancellationToken cancellationToken)
    {
        var (pointer, directory) = await ReadByTrailerAsync(store, name, cancellationToken);
        return DecodeMerge(name, pointer, directory.Span);
    }

    /// <summary>Reads a merged object's directory from where a commit entry says it lies.</summary>
    public static async ValueTask<MergeDirectory> ReadMergeAsync(
        IObjectStore store, string name, DirectoryPointer pointer, CancellationToken cancellationToken) =>
        DecodeMerge(name, pointer, (await ReadAtAsync(store, name, pointer, cancellationToken)).Span);

    private static async ValueTask<(DirectoryPointer Pointer, ReadOnlyMemory<byte> Directory)> ReadByTrailerAsync(
        IObjectStore store, string name, CancellationToken cancellationToken)
    {
        var size = await store.GetSizeAsync(name, cancellationToken);
        if (size < SegmentLayout.HeaderBytes + SegmentLayout.TrailerBytes)
            throw Corrupt(name, $"has only {size} bytes");
        var tail = new byte[Math.Min(size, TailBytes)];
        await ReadExactlyAsync(store, name, size - tail.Length, tail, cancellationToken);
        var pointer = SegmentTrailer.Decode(tail.AsSpan(tail.Length - SegmentLayout.TrailerBytes));
        if (pointer.Position + pointer.Length + SegmentLayout.TrailerBytes != size)
            throw Corrupt(name, $"has {size} bytes, and its trailer puts {pointer.Length} bytes of directory at {pointer.Position}");

        var known = tail.AsMemory(0, tail.Length - SegmentLayout.TrailerBytes);
        if (pointer.Length > known.Length)
            return (pointer, await ReadAtAsync(store, name, pointer, cancellationToken));
        return (pointer, Checked(name, pointer, known[^pointer.Length..]));
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadAtAsync(
        IObjectStore store, string name, DirectoryPointer pointer, CancellationToken cancellationToken)
    {
        if (pointer.Length < 0 || pointer.Position < SegmentLayout.HeaderBytes)
            throw Corrupt(name, $"cannot have {pointer.Length} bytes of directory at {pointer.Position}");
        var directory = new byte[pointer.Length];
        await ReadExactlyAsync(store, name, pointer.Position, directory, cancellationToken);
        return Checked(name, pointer, directory);
    }

    private static async ValueTask ReadExactlyAsync(
        IObjectStore store, string name, long position, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var count = await store.GetRangeAsync(name, position, destination, cancellationToken);
        if (count != destination.Length)
            throw Corrupt(name, $"ends after {count} of {destination.Length} bytes at {position}");
    }

    private static ReadOnlyMemory<byte> Checked(string name, DirectoryPointer pointer, ReadOnlyMemory<byte> directory) =>
        Crc32C.Compute(directory.Span) == pointer.Crc ? directory : throw Corrupt(name, "has a directory whose CRC does not match");

    private static FlushDirectory DecodeFlush(string name, DirectoryPointer pointer, ReadOnlySpan<byte> data)
    {
        var directory = FlushDirectoryCodec.Decode(data);
        long bytes = SegmentLayout.HeaderBytes;
        foreach (var item in directory.Items)
            bytes += item.Bytes;
        return bytes == pointer.Position
            ? directory
            : throw Corrupt(name, $"has {pointer.Position} bytes of slices, its directory says {bytes}");
    }

    private static MergeDirectory DecodeMerge(string name, DirectoryPointer pointer, ReadOnlySpan<byte> data)
    {
        var directory = MergeDirectoryCodec.Decode(data);
        long bytes = SegmentLayout.HeaderBytes;
        foreach (var slice in directory.Slices)
            bytes = unchecked(bytes + slice.Bytes);
        return bytes == pointer.Position
            ? directory
            : throw Corrupt(name, $"has {pointer.Position} bytes of slices, its directory says {bytes}");
    }

    private static StoreException Corrupt(string name, string why) => new(StoreErrorKind.Corrupt, $"the segment object '{name}' {why}");
}
