using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.State;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.Tests.State;

/// <summary>What an accepted loss does to a shard's state.</summary>
public sealed class LossTransitionTests
{
    private static readonly PartitionId s_partition = new(new Guid("11111111-1111-1111-1111-111111111111"), 0);

    [Fact]
    public void Offsets_outside_of_the_log_are_left_out()
    {
        Assert.Equal([new AcceptedLoss(5, 20, 1, "Ada")], Losses(Accept(Log(start: 5), 0, 1000, "Ada")));
        Assert.Empty(Losses(Accept(Log(start: 5), 20, 30, "Ada")));
        Assert.Empty(Losses(Accept(Log(start: 5), 0, 5, "Ada")));
    }

    [Fact]
    public void What_was_given_up_before_keeps_its_name()
    {
        var state = Accept(Accept(Log(), 4, 6, "Ada"), 8, 10, "Bob");

        Assert.Equal(
            [
                new AcceptedLoss(2, 4, 1, "Cy"), new AcceptedLoss(4, 6, 1, "Ada"), new AcceptedLoss(6, 8, 1, "Cy"),
                new AcceptedLoss(8, 10, 1, "Bob"), new AcceptedLoss(10, 12, 1, "Cy"),
            ],
            Losses(Accept(state, 2, 12, "Cy")));
        Assert.Equal(Losses(state), Losses(Accept(state, 4, 6, "Cy")));
        Assert.Equal((2, 10, 10), (Skip(state, 2), Skip(Accept(state, 2, 9, "Cy"), 2), Skip(state, 8)));
    }

    [Fact]
    public void A_trim_takes_the_losses_below_it_with_it()
    {
        var state = Accept(Accept(Log(), 4, 6, "Ada"), 8, 10, "Bob");

        Assert.Equal([new AcceptedLoss(8, 10, 1, "Bob")], Losses(Apply(state, new TrimEntry(0, 0, 9, []))));
        Assert.Empty(Losses(Apply(state, new TrimEntry(0, 0, 10, []))));
    }

    [Fact]
    public void A_partition_that_is_not_there_changes_nothing()
    {
        var state = Log();

        Assert.Equal(state.Partitions, Apply(state, new LossAcceptedEntry(1, 7, 0, 5, "Ada")).Partitions);
    }

    [Fact]
    public void Beyond_the_limit_an_entry_changes_nothing()
    {
        var state = Log(records: 4 * LossTransition.MaxLosses);
        for (var i = 0; i < LossTransition.MaxLosses; i++)
            state = Accept(state, 2 * i, (2 * i) + 1, "Ada");

        Assert.Equal(LossTransition.MaxLosses, Losses(state).Length);
        Assert.Equal(Losses(state), Losses(Accept(state, 3 * LossTransition.MaxLosses, (3 * LossTransition.MaxLosses) + 1, "Bob")));
    }

    private static ShardState Log(long start = 0, int records = 20)
    {
        var state = Apply(ShardState.Empty(0), new PartitionCreatedEntry(0, s_partition));
        var segment = new ObjectRef(ObjectKind.Segment, 1, 1);
        state = Apply(state, new FlushEntry(0, segment, false, [new SegmentItem(0, 100, records, 1)], null));
        return start == 0 ? state : Apply(state, new TrimEntry(0, 0, start, []));
    }

    private static ShardState Accept(ShardState state, long start, long end, string by) =>
        Apply(state, new LossAcceptedEntry(1, 0, start, end, by));

    private static ShardState Apply(ShardState state, Entry entry) => ShardTransition.Apply(state, state.Version + 1, entry);

    private static ImmutableArray<AcceptedLoss> Losses(ShardState state) => state.Find(s_partition)!.Losses;

    private static long Skip(ShardState state, long offset) => state.Find(s_partition)!.SkipLosses(offset);
}
