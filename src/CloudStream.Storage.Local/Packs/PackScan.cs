using CloudStream.Records;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Packs;

/// <summary>
/// Reads what a pack file holds beyond the entries that are known: a sealed pack's index in one read, otherwise entry by entry until the
/// first one that is not complete (another process is writing it, or a crash tore it). Failures are <see cref="IOException"/>.
/// </summary>
internal static class PackScan
{
    /// <summary>Returns the entries after those that <paramref name="pack"/> has, and notes at the pack how it ends.</summary>
    public static List<PackEntry> ReadNew(Pack pack, SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        var header = new byte[PackLayout.HeaderBytes];
        PackLayout.CheckHeader(header.AsSpan(0, ReadFully(file, header, 0)), pack.Path);
        if (TryReadIndex(pack, file, length) is { } indexed)
        {
            (pack.IsSealed, pack.HasUnreadableTail) = (true, false);
            return indexed;
        }

        return Walk(pack, file, length);
    }

    /// <summary>Reads the state bytes of the first <paramref name="count"/> entries.</summary>
    public static byte[] ReadStates(SafeFileHandle file, int count)
    {
        var states = new byte[count];
        ReadFully(file, states, PackLayout.StateTablePosition);
        return states;
    }

    /// <summary>The index that a sealed pack ends with.</summary>
    public static ReadOnlyMemory<byte> EncodeIndex(IReadOnlyList<PackEntry> entries)
    {
        var writer = new FormatWriter(64 * entries.Count);
        writer.Count(entries.Count);
        foreach (var entry in entries)
        {
            writer.String(entry.Name);
            writer.Count(entry.DataLength);
            writer.UInt32(entry.DataCrc);
        }

        return writer.Written;
    }

    private static List<PackEntry>? TryReadIndex(Pack pack, SafeFileHandle file, long length)
    {
        if (length < PackLayout.FirstEntryPosition + PackLayout.TrailerBytes)
            return null;
        var trailer = new byte[PackLayout.TrailerBytes];
        if (ReadFully(file, trailer, length - trailer.Length) < trailer.Length
            || !PackLayout.TryReadTrailer(trailer, length, out var position, out var indexLength, out var crc))
            return null;
        var index = new byte[indexLength];
        if (ReadFully(file, index, position) < indexLength || Crc32C.Compute(index) != crc)
            return null;
        return DecodeIndex(pack, index);
    }

    private static List<PackEntry> DecodeIndex(Pack pack, ReadOnlySpan<byte> index)
    {
        var reader = new FormatReader(index, pack.Path);
        var count = reader.ElementCount(6);
        var entries = new List<PackEntry>(count);
        long start = PackLayout.FirstEntryPosition;
        for (var ordinal = 0; ordinal < count; ordinal++)
        {
            var entry = new PackEntry(pack, ordinal, reader.String(), start, reader.Count32(), reader.UInt32());
            start = entry.End;
            if (ordinal >= pack.Entries.Count)
                entries.Add(entry);
        }

        reader.End();
        return entries;
    }

    private static List<PackEntry> Walk(Pack pack, SafeFileHandle file, long length)
    {
        var entries = new List<PackEntry>();
        var buffer = new byte[PackLayout.EntryHeaderBytes + ObjectNames.MaxLength];
        var (start, ordinal) = (pack.EndOfEntries, pack.Entries.Count);
        pack.HasUnreadableTail = false;
        while (start < length && ordinal < PackLayout.MaxEntries)
        {
            var header = buffer.AsSpan(0, ReadFully(file, buffer, start));
            if (!PackLayout.TryReadEntryHeader(header, ordinal, out var name, out var dataLength, out var dataCrc))
            {
                // A process that dies while it appends leaves the beginning of an entry. Anything else might be damage: worth keeping.
                pack.HasUnreadableTail = header.Length == buffer.Length;
                break;
            }

            var entry = new PackEntry(pack, ordinal, name, start, dataLength, dataCrc);
            if (entry.End > length)
                break;
            entries.Add(entry);
            (start, ordinal) = (entry.End, ordinal + 1);
        }

        return entries;
    }

    private static int ReadFully(SafeFileHandle file, Span<byte> destination, long position)
    {
        var total = 0;
        while (total < destination.Length)
        {
            var count = RandomAccess.Read(file, destination[total..], position + total);
            if (count == 0)
                break;
            total += count;
        }

        return total;
    }
}
