using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Shards;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Memory;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>Offsets committed by nobody's member, through whole brokers and functions.</summary>
public sealed class CommittedOffsetTests : IAsyncDisposable
{
    private readonly Meter _meter = new("committed-offset-tests");
    private readonly BrokerStores _stores = new(new MemoryObjectStore(), new MemoryMetadataStore());
    private readonly List<Broker> _brokers = [];
    private int _seed = 500;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static TopicPartition T0 => new("t", 0);

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
            await broker.DisposeAsync();
        _meter.Dispose();
    }

    [Fact]
    public async Task What_one_function_commits_another_fetches_with_epoch_and_metadata()
    {
        var first = await StartFunctionAsync();
        var committed = await first.Groups.CommitOffsetsAsync(
            new CommitOffsetsRequest
            {
                GroupId = "g",
                Offsets = [new OffsetCommit(T0, 42, 7, "half way"), new OffsetCommit(new TopicPartition("t", 1), 5)]
            }, Token);

        var fetched = await (await StartFunctionAsync()).Groups.FetchOffsetsAsync(
            new FetchOffsetsRequest { GroupId = "g", Partitions = [T0] }, Token);

        Assert.Equal((GroupError.None, GroupError.None, GroupError.None),
            (committed.Error, committed.Partitions[0], committed.Partitions[1]));
        var offset = Assert.Single(fetched.Offsets);
        Assert.Equal((42L, 7, "half way"), (offset.Offset, offset.LeaderEpoch, offset.Metadata));
    }

    [Fact]
    public async Task An_unknown_group_or_partition_has_offset_minus_1_and_no_error()
    {
        var broker = await StartFunctionAsync();
        var unknownGroup = await broker.Groups.FetchOffsetsAsync(new FetchOffsetsRequest { GroupId = "none", Partitions = [T0] }, Token);
        await CommitAsync(broker, "g", 3);
        var unknownPartition = await broker.Groups.FetchOffsetsAsync(
            new FetchOffsetsRequest { GroupId = "g", Partitions = [new TopicPartition("other", 9)] }, Token);

        Assert.Equal(GroupError.None, unknownGroup.Error);
        Assert.Equal(new CommittedOffset(T0, GroupError.None, -1, -1, "", -1), unknownGroup.Offsets[0]);
        Assert.Equal(new CommittedOffset(new TopicPartition("other", 9), GroupError.None, -1, -1, "", -1), unknownPartition.Offsets[0]);
    }

    [Fact]
    public async Task Each_offset_of_a_commit_has_an_outcome_of_its_own()
    {
        var broker = await StartFunctionAsync();

        var result = await broker.Groups.CommitOffsetsAsync(
            new CommitOffsetsRequest
            {
                GroupId = "g",
                Offsets = [new OffsetCommit(new TopicPartition("none", 0), 1), new OffsetCommit(T0, 2),
                    new OffsetCommit(new TopicPartition("t", 4), 3),
                    new OffsetCommit(new TopicPartition("t", 1), 4, -1, new string('x', 4097))],
            },
            Token);

        Assert.Equal(
            [GroupError.UnknownTopicOrPartition, GroupError.None, GroupError.UnknownTopicOrPartition, GroupError.OffsetMetadataTooLarge],
            result.Partitions);
        var all = await broker.Groups.FetchOffsetsAsync(new FetchOffsetsRequest { GroupId = "g" }, Token);
        Assert.Equal((T0, 2L), (Assert.Single(all.Offsets).Partition, all.Offsets[0].Offset));
    }

    [Fact]
    public async Task Commits_of_several_functions_at_once_all_take_effect()
    {
        var functions = new[] { await StartFunctionAsync(), await StartFunctionAsync(), await StartFunctionAsync() };

        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => CommitAsync(functions[i % 3], $"g{i % 2}", i, i % 4)));

        foreach (var (group, partition) in new[] { ("g0", 0), ("g0", 2), ("g1", 1), ("g1", 3) })
        {
            var fetched = await functions[0].Groups.FetchOffsetsAsync(
                new FetchOffsetsRequest { GroupId = group, Partitions = [new TopicPartition("t", partition)] }, Token);
            Assert.Equal(partition, fetched.Offsets[0].Offset % 4);
        }
    }

    [Fact]
    public async Task The_lag_is_the_distance_to_the_high_watermark()
    {
        var broker = await StartFunctionAsync();
        for (var i = 0; i < 10; i++)
            await broker.AppendAsync(T0, ShardCluster.Batch("x"), new AppendOptions(), Token);
        await CommitAsync(broker, "g", 4);

        var lag = await broker.Groups.DescribeLagAsync("g", anywhere: false, Token);

        var partition = Assert.Single(lag.Partitions);
        Assert.Equal((4L, 10L, 6L), (partition.Committed.Offset, partition.HighWatermark, partition.Lag));
        Assert.Equal((GroupState.Empty, -1), (lag.Group.State, lag.Group.Coordinator));
    }

    [Fact]
    public async Task A_group_without_members_is_listed_and_deleted_with_its_offsets()
    {
        var broker = await StartFunctionAsync();
        await CommitAsync(broker, "gruppe ä/1", 4);
        await CommitAsync(broker, "", 4);

        var listed = await broker.Groups.ListAsync(new ListGroupsRequest { States = ["empty"] }, Token);
        Assert.Equal(["", "gruppe ä/1"], listed.Groups.Select(g => g.GroupId));
        Assert.Equal(GroupError.None, await broker.Groups.DeleteAsync("gruppe ä/1", anywhere: false, Token));
        Assert.Equal(GroupError.GroupIdNotFound, await broker.Groups.DeleteAsync("gruppe ä/1", anywhere: false, Token));
        Assert.Equal(GroupError.InvalidGroupId, await broker.Groups.DeleteAsync(new string('x', 40_000), anywhere: false, Token));
        Assert.Equal([""], (await broker.Groups.ListAsync(new ListGroupsRequest(), Token)).Groups.Select(g => g.GroupId));
    }

    [Fact]
    public async Task A_broker_alone_coordinates_every_group_and_a_function_names_it()
    {
        var broker = await StartAsync(o => o.Endpoints["kafka"] = "h:1");
        var function = await StartFunctionAsync();

        var found = await FindCoordinatorAsync(broker);

        Assert.Equal((GroupError.None, 0, "h:1"), (found.Error, found.Coordinator!.Id, found.Coordinator.Endpoints["kafka"]));
        Assert.Equal(0, (await function.Groups.FindCoordinatorAsync("g", Token)).Coordinator!.Id);
        Assert.Equal(GroupError.None, (await broker.Groups.FindCoordinatorAsync("", Token)).Error);
        Assert.Equal(GroupError.InvalidGroupId, (await broker.Groups.FindCoordinatorAsync(new string('g', 100_000), Token)).Error);
    }

    [Fact]
    public async Task A_broker_that_leaves_sends_nobody_to_itself()
    {
        var broker = await StartAsync(_ => { });
        Assert.Equal(broker.BrokerId, (await FindCoordinatorAsync(broker)).Coordinator!.Id);
        var join = new JoinGroupRequest
        {
            GroupId = "g",
            SessionTimeout = TimeSpan.FromSeconds(30),
            RebalanceTimeout = TimeSpan.FromSeconds(30),
            ProtocolType = "consumer",
            Protocols = [new GroupProtocol("range", default)],
        };
        var offered = await broker.Groups.JoinAsync(join, Token);
        var waiting = broker.Groups.JoinAsync(join with { MemberId = offered.MemberId }, Token);

        broker.BeginLeaving();

        Assert.Equal(GroupError.NotCoordinator, (await waiting).Error);
        var found = await broker.Groups.FindCoordinatorAsync("g", Token);
        Assert.Equal((GroupError.CoordinatorNotAvailable, true), (found.Error, found.Coordinator is null));
        Assert.NotEqual(GroupError.None, (await broker.Groups.JoinAsync(join, Token)).Error);
    }

    private Task<Broker> StartFunctionAsync() => StartAsync(o => o.HoldLeases = false);

    private async Task<Broker> StartAsync(Action<BrokerOptions> configure)
    {
        var options = new BrokerOptions { FlushInterval = TimeSpan.FromMilliseconds(1) };
        options.Settings["log.retention.ms"] = "-1";
        configure(options);
        var broker = await Broker.StartAsync(
            _stores, options, new BrokerRuntime(TimeProvider.System, new RandomSource(_seed++), NullLoggerFactory.Instance, _meter), Token);
        _brokers.Add(broker);
        await broker.CreateTopicAsync("t", 4, new Dictionary<string, string>(), Token);
        return broker;
    }

    // A broker that has just started may not have its shards yet.
    private static async Task<CoordinatorResult> FindCoordinatorAsync(Broker broker)
    {
        while (true)
        {
            var found = await broker.Groups.FindCoordinatorAsync("g", Token);
            if (found.Error != GroupError.CoordinatorNotAvailable)
                return found;
            await Task.Yield();
        }
    }

    private static async Task CommitAsync(Broker broker, string group, long offset, int partition = 0)
    {
        var result = await broker.Groups.CommitOffsetsAsync(
            new CommitOffsetsRequest { GroupId = group, Offsets = [new OffsetCommit(new TopicPartition("t", partition), offset)] }, Token);
        Assert.Equal((GroupError.None, GroupError.None), (result.Error, result.Partitions[0]));
    }
}
