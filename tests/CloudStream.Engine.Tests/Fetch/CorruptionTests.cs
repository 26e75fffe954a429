using CloudStream.Log.Calls;
using CloudStream.Records;
using CloudStream.Storage;

namespace CloudStream.Engine.Tests.Fetch;

public sealed class CorruptionTests
{
    [Fact]
    public void A_changed_byte_anywhere_in_a_flushed_slice_is_detected_or_overwritten() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld(o => o.CacheBytes = 0);
        await world.FlushAsync([FetchWorld.Batch(2), FetchWorld.Batch(1), FetchWorld.Batch(3)]);
        await DamageEveryByteAsync(world,
            isOverwritten: field => field is < RecordBatchLayout.BatchLength
                or (>= RecordBatchLayout.PartitionLeaderEpoch and < RecordBatchLayout.Magic));
    });

    [Fact]
    public void A_changed_byte_anywhere_in_a_merged_slice_is_detected() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld(o => o.CacheBytes = 0);
        await world.FlushAsync([FetchWorld.Batch(2), FetchWorld.Batch(1)]);
        await world.FlushAsync([FetchWorld.Batch(3)]);
        await world.MergeAsync(0, 2, 100);
        await DamageEveryByteAsync(world, isOverwritten: _ => false);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Corruption_is_isolated_what_lies_before_and_after_it_is_served(bool merged) => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        for (var i = 0; i < 3; i++)
            await world.FlushAsync([FetchWorld.Batch(10)]);
        if (merged)
            await world.MergeAsync(0, 3, 1);
        var bad = world.State.Recent[merged ? 0 : 1];
        var position = merged ? bad.Position + world.Log[0].Bytes.Length + 70 : bad.Position + 70;
        Damage(world, bad.Object.NameIn(3), position);

        using var before = await world.FetchAsync(5);
        Assert.Equal((ErrorCode.None, 10L), (before.Error, before.NextOffset));
        Assert.Equal(world.Expect(5, 1), FetchWorld.Join(before.Pieces));

        using var inside = await world.FetchAsync(15);
        Assert.Equal((ErrorCode.CorruptStorage, 30L, 0L), (inside.Error, inside.HighWatermark, inside.Bytes));
        Assert.Equal($"The stored records of t/0 at offsets 10 to 19 cannot be read: the object {bad.Object.NameIn(3)} fails its checks.",
            inside.Detail);

        using var after = await world.FetchAsync(20);
        Assert.Equal(world.Expect(20), FetchWorld.Join(after.Pieces));
        Assert.Equal(1, world.Counter("cloudstream.fetch.corrupt"));
    });

    [Fact]
    public void An_object_that_ends_too_early_is_corrupt() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        var flush = await world.FlushAsync([FetchWorld.Batch(10, 1000)]);
        await world.Store.DeleteAsync([flush.NameIn(3)], FetchWorld.Token);
        await world.Store.PutAsync(flush.NameIn(3), [new byte[500]], FetchWorld.Token);

        using var result = await world.FetchAsync(0);

        Assert.Equal(ErrorCode.CorruptStorage, result.Error);
    });

    [Fact]
    public void A_page_or_a_directory_that_is_corrupt_stops_only_what_it_describes() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        for (var i = 0; i < 3; i++)
            await world.FlushAsync([FetchWorld.Batch(10)]);
        await world.MergeAsync(0, 1, 1);
        await world.MergeAsync(1, 1, 1);
        await world.PageAsync(1);
        var directory = world.State.Recent[0].Object.NameIn(3);
        var page = world.State.Pages[0].Page.NameIn(3);
        world.Store.Damage = (name, position, bytes) =>
        {
            if (name == page || (name == directory && position + bytes.Length == DirectoryEnd(world)))
                bytes.Span[bytes.Length - (name == page ? 10 : 40)] ^= 1;
        };

        using var inPage = await world.FetchAsync(0);
        using var inMerged = await world.FetchAsync(10);
        using var after = await world.FetchAsync(20);

        Assert.Equal((ErrorCode.CorruptStorage, ErrorCode.CorruptStorage, ErrorCode.None), (inPage.Error, inMerged.Error, after.Error));
        Assert.Equal(world.Expect(20), FetchWorld.Join(after.Pieces));
    });

    private static long DirectoryEnd(FetchWorld world) =>
        world.Store.GetSizeAsync(world.State.Recent[0].Object.NameIn(3), FetchWorld.Token).AsTask().Result;

    private static async Task DamageEveryByteAsync(FetchWorld world, Func<int, bool> isOverwritten)
    {
        var slice = Assert.Single(world.State.Recent);
        for (var i = 0; i < slice.Bytes; i++)
        {
            Damage(world, slice.Object.NameIn(3), slice.Position + i);
            world.Time.Advance(TimeSpan.FromMinutes(2)); // What failed a moment ago is not read again at once.
            using var result = await world.FetchAsync(0);
            if (isOverwritten(FieldAt(world, i)))
                Assert.Equal(world.Expect(0), FetchWorld.Join(result.Pieces));
            else
                Assert.Equal((ErrorCode.CorruptStorage, i), (result.Error, i));
        }
    }

    private static int FieldAt(FetchWorld world, int position)
    {
        foreach (var batch in world.Log)
        {
            if (position < batch.Bytes.Length)
                return position;
            position -= batch.Bytes.Length;
        }

        return position;
    }

    private static void Damage(FetchWorld world, string objectName, long at) => world.Store.Damage = (name, position, bytes) =>
    {
        if (name == objectName && at >= position && at < position + bytes.Length)
            bytes.Span[(int)(at - position)] ^= 0x40;
    };
}
