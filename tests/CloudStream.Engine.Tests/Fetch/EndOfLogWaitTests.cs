using CloudStream.Cluster.Settings;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;

namespace CloudStream.Engine.Tests.Fetch;

/// <summary>Readers that wait at the end of several shards' logs at once.</summary>
public sealed class EndOfLogWaitTests
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(500);

    private readonly ManualTime _time = new();
    private readonly FakeShard[] _shards = [.. Enumerable.Range(0, 3).Select(static n => new FakeShard { Number = n })];

    [Fact]
    public void Idle_polls_over_several_shards_leave_nothing_behind_on_any() => Pump.Run(async () =>
    {
        var wait = NewWait();
        for (var i = 0; i < 200; i++)
        {
            var poll = wait.WaitAsync(Watches(), s_poll, FetchWorld.Token).AsTask();
            await Pump.IdleAsync();
            Assert.All(_shards, static s => Assert.InRange(s.Changes.Waiting, 0, 1));
            _time.Advance(s_poll);
            await poll;
        }

        Assert.All(_shards, static s => Assert.Equal(0, s.Changes.Waiting));
        Assert.Equal(0, _time.Timers);
    });

    [Fact]
    public void A_commit_wakes_each_reader_once_and_frees_its_place_on_the_other_shards() => Pump.Run(async () =>
    {
        var wait = NewWait();
        var polls = Enumerable.Range(0, 100).Select(_ => wait.WaitAsync(Watches(), s_poll, FetchWorld.Token).AsTask()).ToArray();
        await Pump.IdleAsync();
        Assert.All(_shards, static s => Assert.Equal(100, s.Changes.Waiting));

        Commit(_shards[1]);

        await Task.WhenAll(polls);
        Assert.All(_shards, static s => Assert.Equal(0, s.Changes.Waiting));
        Assert.Equal(0, _time.Timers);
    });

    [Fact]
    public void A_reader_that_is_cancelled_leaves_nothing_behind() => Pump.Run(async () =>
    {
        var wait = NewWait();
        using var gone = new CancellationTokenSource();
        var poll = wait.WaitAsync(Watches(), s_poll, gone.Token).AsTask();
        await Pump.IdleAsync();

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        Assert.All(_shards, static s => Assert.Equal(0, s.Changes.Waiting));
    });

    [Fact]
    public void A_shard_that_moved_before_the_wait_is_not_waited_for() => Pump.Run(async () =>
    {
        var watches = Watches();
        Commit(_shards[2]);

        var poll = NewWait().WaitAsync(watches, s_poll, FetchWorld.Token);

        Assert.True(poll.IsCompletedSuccessfully);
        Assert.All(_shards, static s => Assert.Equal(0, s.Changes.Waiting));
        await poll;
    });

    // The registers are looked at so seldom that no poll here takes its turn.
    private EndOfLogWait NewWait() => new(new BrokerOptions { FlushInterval = TimeSpan.FromMinutes(1) }, _time);

    private List<ShardWatch> Watches() => [.. _shards.Select(static s => new ShardWatch(s))];

    private static void Commit(FakeShard shard) =>
        shard.Commit(new PartitionCreatedEntry(0, new PartitionId(Guid.NewGuid(), 0)));
}
