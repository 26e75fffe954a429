using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Records;
using CloudStream.Storage;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.State;

/// <summary>
/// Bytes of a checkpoint: a shard's whole state as of one version, with a CRC-32C at its end. Byte by byte in docs/FORMATS.md.
/// </summary>
internal static partial class CheckpointCodec
{
    private const uint Magic = 0x4b435343; // "CSCK" in file order
    private const byte FormatVersion = 4;

    public static ReadOnlyMemory<byte> Encode(ShardState state)
    {
        var writer = new FormatWriter(4096);
        writer.UInt32(Magic);
        writer.Byte(FormatVersion);
        WriteHeader(writer, state);
        var objects = state.Objects.Values.OrderBy(o => o.Sequence).ToArray();
        var indexes = WriteObjects(writer, objects);
        writer.Count(state.Partitions.Count);
        foreach (var partition in state.Partitions.Values)
            WritePartition(writer, partition, indexes);
        WriteInline(writer, state);
        WriteTrash(writer, state.Trash);
        WriteGroups(writer, state);
        writer.UInt32(Crc32C.Compute(writer.Written.Span));
        return writer.Written;
    }

    /// <exception cref="StoreException">Corrupt: the bytes are no checkpoint or fail their CRC. Refused: a newer format.</exception>
    public static ShardState Decode(ReadOnlySpan<byte> bytes, string name)
    {
        var reader = new FormatReader(bytes, name);
        if (bytes.Length < 9 || reader.UInt32() != Magic)
            throw reader.Corrupt("not a checkpoint");
        if (Crc32C.Compute(bytes[..^4]) != System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]))
            throw reader.Corrupt("CRC-32C mismatch");
        var format = reader.Byte();
        if (format != FormatVersion)
            throw new StoreException(StoreErrorKind.Refused, $"{name} has format {format}; this version reads format {FormatVersion}");
        var state = ReadHeader(ref reader);
        var objects = ReadObjects(ref reader);
        var partitions = ImmutableSortedDictionary.CreateBuilder<int, PartitionState>();
        for (var i = reader.ElementCount(20); i > 0; i--)
        {
            var partition = ReadPartition(ref reader, objects);
            partitions[partition.Slot] = partition;
        }

        var spill = EntryCodec.ReadSpill(ref reader);
        var inline = ReadInline(ref reader);
        var trash = ReadTrash(ref reader);
        var (ends, groups) = ReadGroups(ref reader);
        reader.Take(4);
        reader.End();
        return state with
        {
            Partitions = partitions.ToImmutable(),
            Slots = partitions.Values.ToImmutableDictionary(p => p.Id, p => p.Slot),
            Objects = objects.ToImmutableDictionary(o => o.Object),
            Spill = spill,
            Inline = inline,
            Trash = trash,
            OffsetsTopicEnds = ends,
            Groups = groups,
        };
    }

    private static void WriteHeader(FormatWriter writer, ShardState state)
    {
        writer.Count(state.Shard);
        writer.Count(state.Version);
        writer.Count(state.Epoch);
        writer.String(state.Holder ?? "");
        writer.Count(state.LeaderEpoch);
        writer.Count(state.Horizon);
        writer.Byte(state.Checkpoint is null ? (byte)0 : (byte)1);
        if (state.Checkpoint is { } checkpoint)
            writer.ObjectRef(checkpoint);
        writer.Count(state.CheckpointVersion);
        writer.Count(state.NextSlot);
        writer.Count(state.NextSequence);
        writer.Count(state.LeaselessVersion);
        writer.Count(state.LastMs);
    }

    private static ShardState ReadHeader(ref FormatReader reader)
    {
        var state = new ShardState { Shard = reader.Count32(), Version = reader.Count(), Epoch = reader.Count32() };
        var holder = reader.String();
        return state with
        {
            Holder = holder.Length == 0 ? null : holder,
            LeaderEpoch = reader.Count32(),
            Horizon = reader.Count(),
            Checkpoint = reader.Byte() == 0 ? null : reader.ObjectRef(),
            CheckpointVersion = reader.Count(),
            NextSlot = reader.Count32(),
            NextSequence = reader.Count(),
            LeaselessVersion = reader.Count(),
            LastMs = reader.Count(),
        };
    }

    // Slices name their object by its place in this table: two bytes instead of a dozen.
    private static Dictionary<ObjectRef, int> WriteObjects(FormatWriter writer, LiveObject[] objects)
    {
        var indexes = new Dictionary<ObjectRef, int>(objects.Length);
        writer.Count(objects.Length);
        foreach (var live in objects)
        {
            indexes.Add(live.Object, indexes.Count);
            writer.ObjectRef(live.Object);
            writer.Count(live.Sequence);
            writer.Count(live.Level);
            writer.Count(live.LiveSlices);
            writer.Count(live.Bytes);
        }

        return indexes;
    }

    private static LiveObject[] ReadObjects(ref FormatReader reader)
    {
        var objects = new LiveObject[reader.ElementCount(14)];
        for (var i = 0; i < objects.Length; i++)
            objects[i] = new LiveObject(reader.ObjectRef(), reader.Count(), reader.Count32(), reader.Count32(), reader.Count());
        return objects;
    }

    // Their records are in the spill.
    private static void WriteInline(FormatWriter writer, ShardState state)
    {
        EntryCodec.WriteSpill(writer, state.Spill);
        writer.Count(state.Inline.Count);
        foreach (var flush in state.Inline)
        {
            writer.ObjectRef(flush.Object);
            writer.Count(flush.Parts.Length);
            foreach (var part in flush.Parts)
            {
                writer.Count(part.Slot);
                writer.Count(part.Bytes);
            }
        }
    }

    private static ImmutableList<InlineFlush> ReadInline(ref FormatReader reader)
    {
        var flushes = ImmutableList.CreateBuilder<InlineFlush>();
        for (var i = reader.ElementCount(ObjectRefFormat.MinBytes + 1); i > 0; i--)
        {
            var reference = reader.ObjectRef();
            var parts = ImmutableArray.CreateBuilder<InlinePart>(reader.ElementCount(2));
            while (parts.Count < parts.Capacity)
                parts.Add(new InlinePart(reader.Count32(), reader.Count32()));
            flushes.Add(new InlineFlush(reference, parts.MoveToImmutable(), null));
        }

        return flushes.ToImmutable();
    }

    private static void WriteTrash(FormatWriter writer, ImmutableList<TrashItem> trash)
    {
        writer.Count(trash.Count);
        foreach (var item in trash)
        {
            writer.Byte((byte)item.Kind);
            writer.ObjectRef(item.Object);
            writer.Count(item.Version);
            writer.Count(item.AtMs);
        }
    }

    private static ImmutableList<TrashItem> ReadTrash(ref FormatReader reader)
    {
        var trash = ImmutableList.CreateBuilder<TrashItem>();
        for (var i = reader.ElementCount(13); i > 0; i--)
        {
            var kind = (TrashKind)reader.Byte();
            if (kind > TrashKind.PageTree)
                throw reader.Corrupt($"unknown trash kind {(byte)kind}");
            trash.Add(new TrashItem(kind, reader.ObjectRef(), reader.Count(), reader.Count()));
        }

        return trash.ToImmutable();
    }
}
