using CloudStream.Log.Calls;
using CloudStream.Records;
using CloudStream.Records.Compression;
using CloudStream.Storage;

namespace CloudStream.Engine.Tests.Fetch;

public sealed class OffsetLookupTests
{
    [Fact]
    public void Latest_and_earliest_follow_a_strong_read() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(5)]);
        await world.FlushAsync([FetchWorld.Batch(5)], elsewhere: true);
        world.Trim(3, elsewhere: true);

        Assert.Equal(new OffsetResult(ErrorCode.None, 10, -1, 1), await world.ListAsync(OffsetSpec.Latest));
        Assert.Equal(new OffsetResult(ErrorCode.None, 3), await world.ListAsync(OffsetSpec.Earliest));
        Assert.Equal((2, 0), (world.Shard.Looks, world.Store.Reads));
    });

    [Fact]
    public void An_empty_log_has_no_record_of_any_time() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();

        Assert.Equal(new OffsetResult(ErrorCode.None), await world.ListAsync(OffsetSpec.AtOrAfter(0)));
        Assert.Equal(new OffsetResult(ErrorCode.None), await world.ListAsync(OffsetSpec.MaxTimestamp));
        Assert.Equal(0, (await world.ListAsync(OffsetSpec.Latest)).Offset);
    });

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    public void The_first_record_at_or_after_a_time_is_found_exactly(CompressionType compression) => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(5, timestampMs: 1000, compression: compression),
            FetchWorld.Batch(5, timestampMs: 2000, compression: compression)]);
        await world.FlushAsync([FetchWorld.Batch(5, timestampMs: 1500, compression: compression)]);
        await world.FlushAsync([FetchWorld.Batch(5, timestampMs: 3000, compression: compression)]);

        foreach (var (wanted, offset, found) in new[]
        {
            (0, 0, 1000), (1000, 0, 1000), (1003, 3, 1003), (1005, 5, 2000), (1502, 5, 2000), (2004, 9, 2004), (2005, 15, 3000),
            (3004, 19, 3004), (3005, -1, -1),
        })
        {
            Assert.Equal(new OffsetResult(ErrorCode.None, offset, found, offset < 0 ? -1 : 1),
                await world.ListAsync(OffsetSpec.AtOrAfter(wanted)));
        }

        Assert.Equal(new OffsetResult(ErrorCode.None, 19, 3004, 1), await world.ListAsync(OffsetSpec.MaxTimestamp));
    });

    [Fact]
    public void Times_are_found_in_pages_merged_slices_flushes_and_tail() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await FetchTests.MixAsync(world);
        var records = world.Log.SelectMany(b => Records(b.Bytes)).ToArray();

        for (var wanted = 990L; wanted < 2600; wanted += 7)
        {
            var expected = records.FirstOrDefault(r => r.Timestamp >= wanted, (-1, -1));
            var found = await world.ListAsync(OffsetSpec.AtOrAfter(wanted));
            Assert.Equal((ErrorCode.None, expected.Offset, expected.Timestamp), (found.Error, found.Offset, found.TimestampMs));
        }
    });

    [Fact]
    public void Only_the_chunk_that_decides_is_read() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([.. Enumerable.Range(0, 10).Select(i => FetchWorld.Batch(5, timestampMs: 1000 * i))]);
        await world.MergeAsync(0, 1, 1);

        Assert.Equal(37, (await world.ListAsync(OffsetSpec.AtOrAfter(7002))).Offset);
        Assert.Equal(2, world.Store.Reads);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Records_below_the_log_start_are_not_found(bool merged) => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2, timestampMs: 9000), FetchWorld.Batch(3, timestampMs: 5000)]);
        await world.FlushAsync([FetchWorld.Batch(3, timestampMs: 4000)]);
        if (merged)
        {
            await world.MergeAsync(0, 2, 1);
            await world.PageAsync(1);
        }

        Assert.Equal((0, 9000), OffsetAndTime(await world.ListAsync(OffsetSpec.AtOrAfter(6000))));
        Assert.Equal((1, 9001), OffsetAndTime(await world.ListAsync(OffsetSpec.MaxTimestamp)));

        world.Trim(3);
        Assert.Equal((-1, -1), OffsetAndTime(await world.ListAsync(OffsetSpec.AtOrAfter(6000))));
        Assert.Equal((3, 5001), OffsetAndTime(await world.ListAsync(OffsetSpec.AtOrAfter(0))));
        Assert.Equal((4, 5002), OffsetAndTime(await world.ListAsync(OffsetSpec.MaxTimestamp)));

        world.Trim(5);
        Assert.Equal((7, 4002), OffsetAndTime(await world.ListAsync(OffsetSpec.MaxTimestamp)));
    });

    [Fact]
    public void What_cannot_be_answered_says_why() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(5)]);

        Assert.Equal(ErrorCode.InvalidRequest, (await world.ListAsync(new OffsetSpec(-4))).Error);
        Assert.Equal(ErrorCode.UnknownPartition,
            (await world.Reader.ListOffsetAsync(
                world.Shard, FetchWorld.Partition with { Index = 4 }, OffsetSpec.Latest, int.MaxValue, FetchWorld.Token)).Error);
        world.Store.Damage = (_, _, bytes) => bytes.Span[^1] ^= 1;
        Assert.Equal(ErrorCode.CorruptStorage, (await world.ListAsync(OffsetSpec.AtOrAfter(0))).Error);
        world.Shard.BeforeRefresh = () => throw WatchedStore.Failure(StoreErrorKind.Unavailable);
        Assert.Equal(ErrorCode.StoreUnavailable, (await world.ListAsync(OffsetSpec.Latest)).Error);
    });

    private static (long Offset, long Time) OffsetAndTime(OffsetResult result) => (result.Offset, result.TimestampMs);

    private static List<(long Offset, long Timestamp)> Records(byte[] batch)
    {
        var found = new List<(long, long)>();
        using var reader = RecordBatchReader.Read(batch);
        foreach (var record in reader)
            found.Add((record.Offset, record.Timestamp));
        return found;
    }
}
