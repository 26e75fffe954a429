using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Options;
using CloudStream.Log.State;
using CloudStream.Log.Upkeep;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.Tests.Upkeep;

public sealed class MergeBacklogTests
{
    private const int MiB = 1024 * 1024;
    private static readonly IndexSizes s_sizes = new() { FinalFlushBytes = 2 * MiB };
    private static readonly IndexSizes s_largerSizes = new() { FinalFlushBytes = (2 * MiB) + 1 };
    private readonly ManualTime _time = new();

    [Fact]
    public void A_heavy_stream_is_left_alone_until_it_has_been_quiet_for_a_second()
    {
        var backlog = new MergeBacklog(_time, s_sizes);
        var state = Flushes(40, MiB);

        Assert.True(backlog.CanWait(state));
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.True(backlog.CanWait(state));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.False(backlog.CanWait(state));
        Assert.True(backlog.CanWait(Flushes(41, MiB)));
    }

    [Theory]
    [InlineData(40, 1024)]
    [InlineData(513, MiB)]
    [InlineData(2048, 128 * 1024)]
    public void Small_flushes_and_backlogs_at_their_limit_do_not_wait(int flushes, int bytes) =>
        Assert.False(new MergeBacklog(_time, s_sizes).CanWait(Flushes(flushes, bytes)));

    [Fact]
    public void Flushes_that_stay_as_they_are_are_no_backlog()
    {
        var backlog = new MergeBacklog(_time, s_sizes);

        Assert.False(backlog.CanWait(Flushes(600, 2 * MiB)));
        Assert.False(new MergeBacklog(_time, s_largerSizes).CanWait(Flushes(600, 2 * MiB)));
        Assert.True(new MergeBacklog(_time, s_largerSizes).CanWait(Flushes(100, 2 * MiB)));
    }

    [Fact]
    public void An_empty_shard_has_nothing_to_wait_for() => Assert.False(new MergeBacklog(_time, s_sizes).CanWait(ShardState.Empty(0)));

    private static ShardState Flushes(int count, int bytes)
    {
        var state = ShardTransition.Apply(ShardState.Empty(0), 1, new PartitionCreatedEntry(0, new PartitionId(Guid.Empty, 0)));
        for (var i = 0; i < count; i++)
            state = ShardTransition.Apply(state, i + 2,
                new FlushEntry(0, new ObjectRef(ObjectKind.Segment, i, (ulong)i), false, [new SegmentItem(0, bytes, 1, 0)], null));
        return state;
    }
}
