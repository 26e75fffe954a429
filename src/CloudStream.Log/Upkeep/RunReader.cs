using CloudStream.Log.Memory;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Reads slices from the inputs of a merge to where they lie in its output, with few range reads: what lies close together in an object is
/// read as one. Holds one range at a time, of at most <see cref="MaxRangeBytes"/> unless one slice is larger.
/// </summary>
internal sealed class RunReader(IObjectStore store, int shard)
{
    /// <summary>Most bytes of one range read that spans several slices.</summary>
    public const int MaxRangeBytes = 32 * 1024 * 1024;

    // Reading this much for nothing is cheaper than another request.
    private const int MaxGapBytes = 128 * 1024;

    /// <summary>Reads the slices that lie in one object.</summary>
    /// <param name="source">The object.</param>
    /// <param name="wanted">Its slices and where each goes, in the order of their positions.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async ValueTask ReadAsync(ObjectRef source, List<(Slice Slice, Memory<byte> Target)> wanted, CancellationToken cancellationToken)
    {
        for (var first = 0; first < wanted.Count;)
        {
            var start = wanted[first].Slice.Position;
            var end = start + wanted[first].Slice.Bytes;
            var count = 1;
            while (first + count < wanted.Count && Joins(wanted[first + count].Slice, start, end))
                end = wanted[first + count++].Slice is var s ? s.Position + s.Bytes : end;
            await ReadRangeAsync(source, wanted.GetRange(first, count), start, checked((int)(end - start)), cancellationToken);
            first += count;
        }
    }

    private static bool Joins(Slice next, long start, long end) =>
        next.Position - end <= MaxGapBytes && next.Position + next.Bytes - start <= MaxRangeBytes;

    private async ValueTask ReadRangeAsync(
        ObjectRef source, List<(Slice Slice, Memory<byte> Target)> wanted, long start, int bytes, CancellationToken cancellationToken)
    {
        if (wanted.Count == 1)
        {
            await ReadExactlyAsync(source, start, wanted[0].Target, cancellationToken);
            return;
        }

        var range = BufferPool.Shared.Rent(bytes);
        try
        {
            await ReadExactlyAsync(source, start, range.Memory[..bytes], cancellationToken);
            foreach (var (slice, target) in wanted)
                range.Memory.Slice((int)(slice.Position - start), (int)slice.Bytes).CopyTo(target);
        }
        finally
        {
            BufferPool.Shared.Return(range);
        }
    }

    private async ValueTask ReadExactlyAsync(ObjectRef source, long position, Memory<byte> target, CancellationToken cancellationToken)
    {
        try
        {
            var read = await store.GetRangeAsync(source.NameIn(shard), position, target, cancellationToken);
            if (read != target.Length)
                throw new DamagedObjectException(source, $"it ends after {read} of {target.Length} bytes at {position}");
        }
        catch (StoreException e) when (e.Kind is StoreErrorKind.Corrupt or StoreErrorKind.NotFound)
        {
            throw new DamagedObjectException(source, e.Message) { IsMissing = e.Kind == StoreErrorKind.NotFound };
        }
    }
}
