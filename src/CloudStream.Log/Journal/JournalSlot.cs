using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Journal;

/// <summary>The value of a slot: one commit. Byte by byte in docs/FORMATS.md.</summary>
/// <param name="Version">The commit's version.</param>
/// <param name="Previous">The write id of the commit before: who finds another one there has met a fork. Zero before the first.</param>
/// <param name="Head">The head.</param>
/// <param name="Entries">Its entries: a count, then <see cref="EntryCodec"/> bytes.</param>
internal sealed record JournalSlot(long Version, WriteId Previous, JournalHead Head, ReadOnlyMemory<byte> Entries)
{
    private const uint Magic = 0x534a5343; // "CSJS" in file order
    private const byte FormatVersion = 2;

    /// <summary>Writes the slot of the commit that leads to a state.</summary>
    /// <returns>How many bytes the entries take.</returns>
    public static int Write(FormatWriter writer, ShardState next, WriteId previous, IReadOnlyList<Entry> entries)
    {
        WriteHead(writer, next.Version, previous, JournalHead.Of(next));
        var start = writer.Length;
        writer.Count(entries.Count);
        foreach (var entry in entries)
            EntryCodec.Write(writer, entry);
        return writer.Length - start;
    }

    public ReadOnlyMemory<byte> Encode()
    {
        var writer = new FormatWriter(256);
        WriteHead(writer, Version, Previous, Head);
        writer.Raw(Entries.Span);
        return writer.Written;
    }

    /// <summary>The bytes of entries.</summary>
    public static ReadOnlyMemory<byte> Encode(IReadOnlyList<Entry> entries)
    {
        var writer = new FormatWriter();
        writer.Count(entries.Count);
        foreach (var entry in entries)
            EntryCodec.Write(writer, entry);
        return writer.Written;
    }

    /// <exception cref="StoreException">Corrupt: the bytes are no slot. Refused: they are of a newer format.</exception>
    public static JournalSlot Decode(Register register)
    {
        var reader = new FormatReader(register.Value.Span, $"register {register.Key}");
        if (reader.UInt32() != Magic)
            throw reader.Corrupt("wrong magic");
        var format = reader.Byte();
        if (format != FormatVersion)
            throw new StoreException(StoreErrorKind.Refused,
                $"register {register.Key} has format {format}; this version reads format {FormatVersion}");
        var version = reader.Count();
        var previous = new WriteId(reader.UInt64(), reader.UInt64());
        var epoch = reader.Count32();
        var holder = reader.String();
        ObjectRef? checkpoint = reader.Byte() == 0 ? null : reader.ObjectRef();
        var head = new JournalHead(epoch, holder.Length == 0 ? null : holder, checkpoint, reader.Count(), reader.Count());
        if (version < 1 || head.CheckpointVersion >= version)
            throw reader.Corrupt($"commit {version} with a checkpoint of version {head.CheckpointVersion}");
        return new JournalSlot(version, previous, head, register.Value[^reader.Remaining..]);
    }

    /// <exception cref="StoreException">Corrupt: the bytes are no entries.</exception>
    public ImmutableArray<Entry> Decode()
    {
        var reader = new FormatReader(Entries.Span, $"journal, commit {Version}");
        var entries = ImmutableArray.CreateBuilder<Entry>(reader.ElementCount(2));
        for (var i = entries.Capacity; i > 0; i--)
            entries.Add(EntryCodec.Read(ref reader));
        reader.End();
        return entries.DrainToImmutable();
    }

    private static void WriteHead(FormatWriter writer, long version, WriteId previous, JournalHead head)
    {
        writer.UInt32(Magic);
        writer.Byte(FormatVersion);
        writer.Count(version);
        writer.UInt64(previous.High);
        writer.UInt64(previous.Low);
        writer.Count(head.Epoch);
        writer.String(head.Holder ?? "");
        writer.Byte(head.Checkpoint is null ? (byte)0 : (byte)1);
        if (head.Checkpoint is { } reference)
            writer.ObjectRef(reference);
        writer.Count(head.CheckpointVersion);
        writer.Count(head.Horizon);
    }
}
