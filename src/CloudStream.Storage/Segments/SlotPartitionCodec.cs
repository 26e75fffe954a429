using System.Collections.Immutable;
using CloudStream.Storage.Formats;

namespace CloudStream.Storage.Segments;

/// <summary>What the slots of a segment object stand for, and the checksums of its slices: the parts that both directories share.</summary>
internal static class SlotPartitionCodec
{
    public static void Write(FormatWriter writer, ImmutableArray<SlotPartition> partitions)
    {
        writer.Count(partitions.Length);
        foreach (var partition in partitions)
        {
            writer.Count(partition.Slot);
            writer.Guid(partition.TopicId);
            writer.Count(partition.Index);
        }
    }

    public static ImmutableArray<SlotPartition> Read(ref FormatReader reader)
    {
        var partitions = ImmutableArray.CreateBuilder<SlotPartition>(reader.ElementCount(18));
        while (partitions.Count < partitions.Capacity)
            partitions.Add(new SlotPartition(reader.Count32(), reader.Guid(), reader.Count32()));
        return partitions.MoveToImmutable();
    }

    public static void WriteCrcs(FormatWriter writer, ImmutableArray<uint> crcs)
    {
        foreach (var crc in crcs)
            writer.UInt32(crc);
    }

    public static ImmutableArray<uint> ReadCrcs(ref FormatReader reader, int count)
    {
        if (count > reader.Remaining / 4)
            throw reader.Corrupt($"{count} slice checksums cannot fit in {reader.Remaining} bytes");
        var crcs = ImmutableArray.CreateBuilder<uint>(count);
        while (crcs.Count < crcs.Capacity)
            crcs.Add(reader.UInt32());
        return crcs.MoveToImmutable();
    }
}
