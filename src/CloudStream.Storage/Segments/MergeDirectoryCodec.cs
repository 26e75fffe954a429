using System.Collections.Immutable;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Segments;

/// <summary>
/// The bytes of a <see cref="MergeDirectory"/>: whole in an object's footer, its slices without chunks in a commit entry. See
/// docs/FORMATS.md.
/// </summary>
public static class MergeDirectoryCodec
{
    /// <summary>Writes the slices as a commit entry carries them: slot, bytes, base and end offset, largest timestamp; no chunks.</summary>
    public static void WriteSlices(FormatWriter writer, ReadOnlySpan<MergedSlice> slices) => MergedSliceCodec.Write(writer, slices);

    /// <summary>Reads what <see cref="WriteSlices"/> wrote; the slices have no chunks.</summary>
    public static ImmutableArray<MergedSlice> ReadSlices(ref FormatReader reader) => MergedSliceCodec.Read(ref reader);

    /// <summary>The directory as the object's footer holds it.</summary>
    public static ReadOnlyMemory<byte> Encode(MergeDirectory directory)
    {
        if (directory.SliceCrcs.Length != directory.Slices.Length)
            throw new ArgumentException($"{directory.SliceCrcs.Length} checksums for {directory.Slices.Length} slices", nameof(directory));
        var writer = new FormatWriter(1024);
        writer.Byte((byte)ObjectKind.Merged);
        MergedSliceCodec.Write(writer, directory.Slices.AsSpan());
        foreach (var slice in directory.Slices)
            MergedSliceCodec.WriteChunks(writer, slice);
        SlotPartitionCodec.WriteCrcs(writer, directory.SliceCrcs);
        SlotPartitionCodec.Write(writer, directory.Partitions);
        writer.Count(directory.Inputs.Length);
        foreach (var input in directory.Inputs)
            writer.ObjectRef(input);
        return writer.Written;
    }

    /// <summary>Reads a footer's directory.</summary>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.Corrupt"/>.</exception>
    public static MergeDirectory Decode(ReadOnlySpan<byte> data)
    {
        var reader = new FormatReader(data, "merge directory");
        if (reader.Byte() != (byte)ObjectKind.Merged)
            throw reader.Corrupt("it is of another kind");
        var slices = ReadWithChunks(ref reader);
        var crcs = SlotPartitionCodec.ReadCrcs(ref reader, slices.Length);
        var partitions = SlotPartitionCodec.Read(ref reader);
        var inputs = ImmutableArray.CreateBuilder<ObjectRef>(reader.ElementCount(ObjectRefFormat.MinBytes));
        while (inputs.Count < inputs.Capacity)
            inputs.Add(reader.ObjectRef());
        reader.End();
        return new MergeDirectory(slices, crcs, partitions, inputs.MoveToImmutable());
    }

    private static ImmutableArray<MergedSlice> ReadWithChunks(ref FormatReader reader)
    {
        var plain = MergedSliceCodec.Read(ref reader);
        var slices = ImmutableArray.CreateBuilder<MergedSlice>(plain.Length);
        foreach (var slice in plain)
            slices.Add(MergedSliceCodec.ReadChunks(ref reader, slice));
        return slices.MoveToImmutable();
    }
}
