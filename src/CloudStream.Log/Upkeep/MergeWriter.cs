using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Log.Memory;
using CloudStream.Log.State;
using CloudStream.Records;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Writes the output objects of a merge. Outputs are made in groups of at most <see cref="MergePolicy.MaxOutputBytes"/> (unless one slice
/// is larger), each group in one pooled buffer that the slices are read into directly; so a merge of any size needs that buffer and one
/// range of an input.
/// </summary>
internal sealed class MergeWriter(IObjectStore store, IUpkeepShard shard, ShardState state, MergePlan plan)
{
    private readonly RunReader _reader = new(store, shard.Number);

    /// <summary>Bytes that were put.</summary>
    public long BytesPut { get; private set; }

    /// <summary>Writes all outputs.</summary>
    /// <exception cref="DamagedObjectException">An input is damaged; what was put so far is left to the sweep.</exception>
    public async ValueTask<ImmutableArray<MergeOutput>> WriteAsync(CancellationToken cancellationToken)
    {
        var written = ImmutableArray.CreateBuilder<MergeOutput>(plan.Outputs.Length);
        for (var first = 0; first < plan.Outputs.Length;)
        {
            var bytes = plan.Outputs[first].Bytes;
            var count = 1;
            while (first + count < plan.Outputs.Length && bytes + plan.Outputs[first + count].Bytes <= MergePolicy.MaxOutputBytes)
                bytes += plan.Outputs[first + count++].Bytes;
            await WriteGroupAsync(first, count, checked((int)bytes), written, cancellationToken);
            first += count;
        }

        return written.MoveToImmutable();
    }

    private async ValueTask WriteGroupAsync(
        int first, int count, int bytes, ImmutableArray<MergeOutput>.Builder written, CancellationToken cancellationToken)
    {
        var buffer = BufferPool.Shared.Rent(bytes);
        try
        {
            await FillAsync(first, count, buffer.Memory, cancellationToken);
            var position = 0;
            for (var i = first; i < first + count; i++)
            {
                var length = (int)plan.Outputs[i].Bytes;
                written.Add(await PutAsync(plan.Outputs[i], buffer.Memory.Slice(position, length), inputs: i == 0 ? plan.InputRefs : [],
                    cancellationToken));
                position += length;
            }
        }
        finally
        {
            BufferPool.Shared.Return(buffer);
        }
    }

    private async ValueTask FillAsync(int first, int count, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var wanted = new Dictionary<ObjectRef, List<(Slice Slice, Memory<byte> Target)>>();
        var position = 0;
        for (var i = first; i < first + count; i++)
        {
            foreach (var slice in plan.Outputs[i].Runs.SelectMany(r => r.Slices))
            {
                if (!wanted.TryGetValue(slice.Object, out var list))
                    wanted.Add(slice.Object, list = []);
                list.Add((slice, buffer.Slice(position, (int)slice.Bytes)));
                position += (int)slice.Bytes;
            }
        }

        foreach (var input in plan.Inputs)
        {
            if (!wanted.TryGetValue(input.Object, out var list))
                continue;
            list.Sort(static (a, b) => a.Slice.Position.CompareTo(b.Slice.Position));
            await _reader.ReadAsync(input.Object, list, cancellationToken);
        }
    }

    private async ValueTask<MergeOutput> PutAsync(
        MergeOutputPlan output, Memory<byte> bytes, ImmutableArray<ObjectRef> inputs, CancellationToken cancellationToken)
    {
        var (slices, crcs) = Rewrite(output, bytes.Span);
        var partitions = output.Runs.Select(r => r.Slot).Distinct()
            .Select(slot => new SlotPartition(slot, state.Partitions[slot].Id.TopicId, state.Partitions[slot].Id.Index)).ToImmutableArray();
        var reference = shard.NewObject(ObjectKind.Merged);
        var assembly = SegmentAssembly.Create(
            new SegmentHeader(reference, shard.Number), [bytes],
            MergeDirectoryCodec.Encode(new MergeDirectory(slices, crcs, partitions, inputs)), CrcOf(slices, crcs));
        await store.PutAsync(reference.NameIn(shard.Number), assembly.Content, cancellationToken);
        BytesPut += assembly.TotalBytes;
        return new MergeOutput(reference, plan.Level, [.. output.Runs.Zip(slices, (run, slice) => new MergeOutputSlice(
            slice.Slot, slice.Bytes, slice.BaseOffset, slice.EndOffset, slice.MaxTimestamp, run.Slices[^1].LeaderEpoch))]);
    }

    private static uint CrcOf(ImmutableArray<MergedSlice> slices, ImmutableArray<uint> crcs)
    {
        var crc = 0u;
        for (var i = 0; i < slices.Length; i++)
            crc = Crc32C.Concat(crc, crcs[i], checked((int)slices[i].Bytes));
        return crc;
    }

    private static (ImmutableArray<MergedSlice> Slices, ImmutableArray<uint> Crcs) Rewrite(MergeOutputPlan output, Span<byte> bytes)
    {
        var slices = ImmutableArray.CreateBuilder<MergedSlice>(output.Runs.Length);
        var crcs = ImmutableArray.CreateBuilder<uint>(output.Runs.Length);
        var position = 0;
        foreach (var run in output.Runs)
        {
            var crc = 0u;
            var chunks = new ChunkBuilder();
            foreach (var slice in run.Slices)
            {
                var part = bytes.Slice(position, (int)slice.Bytes);
                if (BatchRewriter.Rewrite(part, slice, chunks) is { } fault)
                    throw new DamagedObjectException(slice.Object, fault) { Slice = slice };
                crc = Crc32C.Append(crc, part); // While the processor's cache still holds it.
                position += (int)slice.Bytes;
            }

            var (base_, end) = (run.Slices[0].BaseOffset, run.Slices[^1].EndOffset);
            slices.Add(new MergedSlice(run.Slot, run.Bytes, base_, end, run.Slices.Max(s => s.MaxTimestamp), chunks.Finish(end)));
            crcs.Add(crc);
        }

        return (slices.MoveToImmutable(), crcs.MoveToImmutable());
    }
}
