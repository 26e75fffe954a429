using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Cluster;
using CloudStream.Log.Calls;
using CloudStream.Storage.Faults;

namespace CloudStream.Engine.Tests.Topics;

/// <summary>
/// Several brokers change the same topic at once. Each call to a register or a shard waits for its turn, and a seeded choice says whose
/// turn it is, so that every order of steps occurs sooner or later; a seed that fails says so and repeats.
/// </summary>
public sealed class TopicRaceTests
{
    private static readonly Dictionary<string, string> s_plain = [];

    [Theory]
    [InlineData("create create")]
    [InlineData("create delete create")]
    [InlineData("widen widen")]
    [InlineData("widen delete create")]
    [InlineData("alter delete create")]
    [InlineData("alter widen alter")]
    [InlineData("delete delete create find")]
    [InlineData("find find delete create widen alter")]
    public async Task WhateverTheOrderOfStepsTheTopicIsWholeAndOfOneIncarnation(string changes)
    {
        for (var seed = 0; seed < 150; seed++)
        {
            SynchronizationContext.SetSynchronizationContext(null);
            var cluster = new TopicCluster();
            var first = await PrepareAsync(cluster, changes);
            var turns = new Turns(new Random(seed));
            var random = new Random(seed);
            var running = changes.Split(' ').Select((change, i) => StartAsync(cluster, turns, change, seed + i, random)).ToArray();
            await turns.RunAsync(cluster.Time, Task.WhenAll(running));
            await AssertWholeAsync(cluster, first, [.. running.Select(r => r.Result)], changes, seed);
        }
    }

    [Fact]
    public async Task OfTwoCreatorsExactlyOneIsToldThatItDidIt()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            SynchronizationContext.SetSynchronizationContext(null);
            var cluster = new TopicCluster();
            var turns = new Turns(new Random(seed));
            var running = Enumerable.Range(0, 2).Select(i => StartAsync(cluster, turns, "create", seed + i, null)).ToArray();
            await turns.RunAsync(cluster.Time, Task.WhenAll(running));
            Assert.Equal([ErrorCode.None, ErrorCode.TopicExists], running.Select(r => r.Result.Error).Order());
        }
    }

    // A creator that is paused before its partitions reach the shards, while the topic is deleted, puts them back: they must not stay.
    [Fact]
    public async Task ACreatorThatSleptThroughTheDeletionLeavesNothingBehind()
    {
        var cluster = new TopicCluster();
        var (sleeper, faults) = cluster.NewBroker();
        var asleep = new TaskCompletionSource();
        var calls = 0;
        faults.Turn = () => ++calls == 4 ? asleep.Task : Task.CompletedTask; // read, read the version, create, then the first partition
        var creating = sleeper.CreateAsync("orders", 2, s_plain, default).AsTask();
        var other = cluster.NewCatalog();
        Assert.Equal(ErrorCode.None, (await other.DeleteAsync("orders", default)).Error);
        var second = (await other.CreateAsync("orders", 1, s_plain, default)).Topic!;
        asleep.SetResult();
        Assert.Equal(ErrorCode.None, (await creating).Error); // it was created, and then deleted
        Assert.Equal(1, cluster.Partitions);
        Assert.Equal([0], cluster.PartitionsOf(second.Id));
        Assert.Equal(second.Id, (await sleeper.FindAsync("orders", default))!.Id);
    }

    // The request of an attempt whose reply was lost may wander for long: it must not bring a deleted topic's name back.
    [Fact]
    public async Task AnAttemptToCreateThatArrivesAfterTheDeletionChangesNothing()
    {
        var cluster = new TopicCluster();
        var puts = 0;
        FaultyMetadataStore? store = null;
        var (catalog, _) = cluster.NewBroker(through: inner => store = new FaultyMetadataStore(
            inner, (call, _) => new(call.Operation == StoreOperation.Put && puts++ == 0 ? StoreFault.Delayed : StoreFault.None)));
        Assert.Equal(ErrorCode.None, (await cluster.RunAsync(catalog.CreateAsync("orders", 1, s_plain, default))).Error);
        Assert.Equal(ErrorCode.None, (await catalog.DeleteAsync("orders", default)).Error);

        Assert.Equal(1, await store!.ReleaseDelayedAsync());
        Assert.Null(await cluster.RegisterAsync("orders"));
        Assert.Equal(ErrorCode.None, (await cluster.NewCatalog().CreateAsync("orders", 1, s_plain, default)).Error);
    }

    private static async Task<Guid?> PrepareAsync(TopicCluster cluster, string changes) =>
        changes.StartsWith("create", StringComparison.Ordinal)
            ? null
            : (await cluster.NewCatalog().CreateAsync("orders", 2, s_plain, default)).Topic!.Id;

    private static async Task<TopicResult> StartAsync(TopicCluster cluster, Turns turns, string change, int seed, Random? faulty)
    {
        var (catalog, faults) = cluster.NewBroker(seed: 1000 + seed);
        faults.Turn = turns.WaitAsync;
        if (faulty is not null)
            faults.Plan = _ => faulty.Next(12) switch { 0 => Fault.LostReply, 1 => Fault.LostRequest, 2 => Fault.Throttled,
                _ => Fault.None };
        return change switch
        {
            "create" => await catalog.CreateAsync("orders", 3, new Dictionary<string, string> { ["segment.bytes"] = "2000000" }, default),
            "widen" => await catalog.AddPartitionsAsync("orders", 5, default),
            "alter" => await catalog.AlterConfigAsync("orders", new Dictionary<string, string?> { ["retention.ms"] = "5" }, default),
            "delete" => await catalog.DeleteAsync("orders", default),
            _ => await FindAsync(catalog),
        };
    }

    private static async Task<TopicResult> FindAsync(TopicCatalog catalog)
    {
        try
        {
            return new TopicResult(ErrorCode.None, await catalog.FindAsync("orders", default));
        }
        catch (Storage.StoreException e)
        {
            return TopicFailure.Of(e);
        }
    }

    private static async Task AssertWholeAsync(TopicCluster cluster, Guid? first, TopicResult[] results, string changes, int seed)
    {
        var topic = await cluster.NewCatalog().ReadAsync("orders", default);
        await cluster.NewCatalog().SweepPartitionsAsync(default);
        var where = $"{changes}, seed {seed}";
        Assert.True(cluster.Partitions == (topic?.PartitionCount ?? 0), where);
        if (topic is null)
            return;
        Assert.True(Enumerable.Range(0, topic.PartitionCount).SequenceEqual(cluster.PartitionsOf(topic.Id)), where);
        Assert.True((await cluster.RegisterAsync("orders"))!.Stage == TopicStage.Ready, where);

        // A change that found the first topic must not have reached the second.
        var widened = results.Any(r => r.Error == ErrorCode.None && r.Topic?.Id == topic.Id && r.Topic.PartitionCount == 5);
        if (first is not null && topic.Id != first && !results.Any(r => r.Error == ErrorCode.OutcomeUnknown))
            Assert.True(topic.PartitionCount == (widened ? 5 : 3) && topic.Config.ContainsKey("segment.bytes"), where);
    }

    /// <summary>
    /// Lets one waiting call go at a time, chosen by the seed. What follows from it runs before the next one goes, on the same thread.
    /// </summary>
    private sealed class Turns(Random random)
    {
        private readonly List<TaskCompletionSource> _waiting = [];

        public Task WaitAsync()
        {
            var turn = new TaskCompletionSource();
            lock (_waiting)
                _waiting.Add(turn);
            return turn.Task;
        }

        public Task RunAsync(ManualTime time, Task task)
        {
            while (!task.IsCompleted)
            {
                if (Take() is { } turn)
                    turn.SetResult();
                else
                    Assert.True(time.AdvanceToNextTimer(), "somebody is stuck");
            }

            return task;
        }

        private TaskCompletionSource? Take()
        {
            lock (_waiting)
            {
                if (_waiting.Count == 0)
                    return null;
                var index = random.Next(_waiting.Count);
                var turn = _waiting[index];
                _waiting.RemoveAt(index);
                return turn;
            }
        }
    }
}
