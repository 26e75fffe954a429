using CloudStream.Records;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Segments;

/// <summary>A segment object ready to be put: header, slices, directory, trailer as pieces that borrow the slices' memory.</summary>
/// <param name="Content">The pieces for <see cref="IObjectStore.PutAsync"/>.</param>
/// <param name="Directory">Where the directory lies, for the commit entry.</param>
public sealed record SegmentAssembly(IReadOnlyList<ReadOnlyMemory<byte>> Content, DirectoryPointer Directory)
{
    /// <summary>Size of the whole object in bytes.</summary>
    public long TotalBytes => Directory.Position + Directory.Length + SegmentLayout.TrailerBytes;

    /// <summary>Puts header, directory and trailer around the slices. Nothing of the slices is copied.</summary>
    /// <param name="header">The object's header.</param>
    /// <param name="slices">The slices' bytes in directory order, as any number of pieces.</param>
    /// <param name="directory">The encoded directory (<see cref="FlushDirectoryCodec.Encode"/> or
    /// <see cref="MergeDirectoryCodec.Encode"/>).</param>
    /// <param name="slicesCrc">CRC-32C of all slices, if it is known.</param>
    public static SegmentAssembly Create(
        SegmentHeader header, IReadOnlyList<ReadOnlyMemory<byte>> slices, ReadOnlyMemory<byte> directory, uint? slicesCrc = null)
    {
        var content = new ReadOnlyMemory<byte>[slices.Count + 3];
        var ends = new byte[SegmentLayout.HeaderBytes + SegmentLayout.TrailerBytes];
        long position = SegmentLayout.HeaderBytes;
        for (var i = 0; i < slices.Count; i++)
        {
            content[i + 1] = slices[i];
            position += slices[i].Length;
        }

        var pointer = new DirectoryPointer(position, directory.Length, Crc32C.Compute(directory.Span));
        header.Encode(ends);
        SegmentTrailer.Encode(pointer, ends.AsSpan(SegmentLayout.HeaderBytes));
        content[0] = ends.AsMemory(0, SegmentLayout.HeaderBytes);
        content[^2] = directory;
        content[^1] = ends.AsMemory(SegmentLayout.HeaderBytes);
        return new SegmentAssembly(slicesCrc is { } crc ? new CheckedContent(content, CrcOf(content, crc, pointer)) : content, pointer);
    }

    private static uint CrcOf(ReadOnlyMemory<byte>[] content, uint slicesCrc, DirectoryPointer directory)
    {
        var crc = Crc32C.Concat(Crc32C.Compute(content[0].Span), slicesCrc, checked((int)(directory.Position - SegmentLayout.HeaderBytes)));
        return Crc32C.Append(Crc32C.Concat(crc, directory.Crc, directory.Length), content[^1].Span);
    }
}
