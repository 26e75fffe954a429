using CloudStream.Log.Append;
using CloudStream.Log.Calls;
using CloudStream.Log.Flushes;
using CloudStream.Log.Memory;
using CloudStream.Records;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.Tests.Shards;

/// <summary>What a flush says of its bytes.</summary>
public sealed class FlushBuilderTests
{
    // Checksums of large batches are not computed from their bytes.
    [Fact]
    public void Each_slice_has_the_checksum_of_its_bytes_whatever_the_sizes_of_its_batches()
    {
        int[][] slices = [[100, 100_000, 20], [16_000, 17_000], [1_000_000], [5]];
        var arrival = 0L;
        var appends = slices.SelectMany((sizes, slot) => sizes.Select(size => Append(slot, size, arrival++))).ToList();
        var bytes = slices.Select((_, slot) => appends.Where(a => a.Slot == slot).SelectMany(a => a.Bytes.ToArray()).ToArray()).ToList();

        var flush = FlushBuilder.Build(appends, inlineMaxBytes: 0);

        Assert.Equal(bytes.Select(b => Crc32C.Compute(b)), FlushDirectoryCodec.Decode(flush.Directory.Span).SliceCrcs);
        Assert.Equal(Crc32C.Compute([.. bytes.SelectMany(b => b)]), flush.DataCrc);
    }

    private static PendingAppend Append(int slot, int valueBytes, long arrival)
    {
        var batch = ShardCluster.Batch(new string((char)('a' + slot), valueBytes)).ToArray();
        var buffer = BufferPool.Shared.Rent(batch.Length);
        batch.CopyTo(buffer.GetSpan());
        return new PendingAppend(ShardCluster.Partition, slot, buffer, batch.Length, 1, new AppendOptions(), _ => { })
        {
            Arrival = arrival
        };
    }
}
