using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Cluster.Groups.Registers;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Simulation.Tests.Broken;
using CloudStream.Simulation.Tests.Scheduling;
using CloudStream.Storage.Metadata;

namespace CloudStream.Simulation.Tests.Groups;

/// <summary>Engines whose groups are wrong in one way each.</summary>
internal static class BrokenGroupEngines
{
    private const string Storm = "group-storm";

    public static IReadOnlyList<BrokenEngine> All { get; } =
    [
        new()
        {
            Name = "acknowledges a group's commit before the compare-and-swap",
            Scenario = Storm,
            Violates = ["committed offsets", "fenced commits"],
            Groups = AcknowledgeEarly
        },
        new()
        {
            Name = "commits for a group without looking who claims it",
            Scenario = Storm,
            Seeds = 100,
            Violates = ["claims", "fenced commits"],
            Stores = ReadAs(static g => g.HasMembers ? g with { Claim = GroupClaim.None } : g),
        },
        new()
        {
            Name = "announces a generation before it is written",
            Scenario = "groups",
            Violates = ["generations"],
            Stores = AnnounceEarly
        },
        new()
        {
            Name = "counts generations in memory alone",
            Scenario = Storm,
            Violates = ["generations"],
            Stores = ReadAs(static g => g with { Generation = 0, Members = [] })
        },
        new() { Name = "takes commits of an old generation", Scenario = "groups", Violates = ["fenced commits"], Groups = TakeOld },
        new() { Name = "forgets offsets at a take-over", Scenario = Storm, Violates = ["committed offsets"], Stores = ForgetOffsets },
        new() { Name = "reads committed offsets from memory", Scenario = "groups", Violates = ["committed offsets"], Groups = FetchOld },
        new()
        {
            Name = "lets a group begin at the end of the log",
            Scenario = "groups",
            Violates = ["no record skipped"],
            Groups = BeginAtTheEnd
        },
        new()
        {
            Name = "answers a sync with what the member had before",
            Scenario = "groups",
            Violates = ["one owner", "progress"],
            Groups = SyncOld
        },
        new() { Name = "hides from the leader what members keep", Scenario = "cooperative", Violates = ["one owner"], Groups = HideOwned },
        new() { Name = "tells no member of a rebalance", Scenario = "groups", Violates = ["progress"], Groups = HideRebalances },
    ];

    private static Func<World, Actor, BrokerStores, BrokerStores> ReadAs(Func<GroupRegister, GroupRegister> read) =>
        (_, _, stores) => stores with { Metadata = new BrokenGroupStore(stores.Metadata) { OnRead = (_, group) => read(group) } };

    private static BrokerStores AnnounceEarly(World world, Actor actor, BrokerStores stores)
    {
        var newest = 0;
        return stores with
        {
            Metadata = new BrokenGroupStore(stores.Metadata)
            {
                OnPut = (inner, put, expected, cancel) =>
                {
                    var generation = GroupRegisterCodec.Decode(put.Value, put.Key).Generation;
                    if (generation <= newest)
                        return inner.PutAsync(put.Key, put.Value, expected, put.WriteId, cancel);
                    newest = generation;
                    world.Scheduler.After(TimeSpan.FromMilliseconds(20), actor,
                        () => _ = inner.PutAsync(put.Key, put.Value, expected, put.WriteId, CancellationToken.None).AsTask());
                    return new(PutResult.Done(expected + 1));
                },
            },
        };
    }

    private static BrokerStores ForgetOffsets(World world, Actor actor, BrokerStores stores)
    {
        var epochs = new Dictionary<string, int>();
        return stores with
        {
            Metadata = new BrokenGroupStore(stores.Metadata)
            {
                OnRead = (key, group) =>
                {
                    epochs[key] = group.Claim.Epoch;
                    return group;
                },
                OnPut = (inner, put, expected, cancel) =>
                {
                    var group = GroupRegisterCodec.Decode(put.Value, put.Key);
                    var isTakeOver = epochs.GetValueOrDefault(put.Key) is > 0 and var before && before < group.Claim.Epoch;
                    var value = isTakeOver ? GroupRegisterCodec.Encode(group with { Offsets = GroupRegister.NoOffsets }) : put.Value;
                    return inner.PutAsync(put.Key, value, expected, put.WriteId, cancel);
                },
            },
        };
    }

    private static Func<IBroker, IGroups> AcknowledgeEarly(World world) => static broker => new BrokenGroups(broker.Groups)
    {
        OnCommit = static (inner, request, cancel) =>
        {
            var commit = inner.CommitOffsetsAsync(request, CancellationToken.None);
            if (commit.IsCompleted || cancel.IsCancellationRequested)
                return commit;
            _ = commit.AsTask();
            return new(new CommitOffsetsResult(GroupError.None, [.. request.Offsets.Select(_ => GroupError.None)]));
        },
    };

    // What comes too late is committed as by the member that synced last.
    private static Func<IBroker, IGroups> TakeOld(World world)
    {
        SyncGroupRequest? last = null;
        return broker => new BrokenGroups(broker.Groups)
        {
            OnSync = async (inner, request, cancel) =>
            {
                var answer = await inner.SyncAsync(request, cancel);
                last = answer.Error == GroupError.None ? request : last;
                return answer;
            },
            OnCommit = async (inner, request, cancel) =>
            {
                var result = await inner.CommitOffsetsAsync(request, cancel);
                return result.Partitions[0] is GroupError.IllegalGeneration or GroupError.UnknownMemberId && request.GenerationId >= 0
                    && last is not null
                    ? await inner.CommitOffsetsAsync(
                        request with
                        {
                            MemberId = last.MemberId,
                            GroupInstanceId = last.GroupInstanceId,
                            GenerationId = last.GenerationId
                        }, cancel)
                    : result;
            },
        };
    }

    private static Func<IBroker, IGroups> FetchOld(World world)
    {
        var answers = new Dictionary<string, FetchOffsetsResult>();
        return broker => new BrokenGroups(broker.Groups)
        {
            OnFetch = async (inner, request, cancel) =>
            {
                var what = $"{request.GroupId} {string.Join(' ', request.Partitions!)}";
                if (answers.TryGetValue(what, out var known))
                    return known;
                var answer = await inner.FetchOffsetsAsync(request, cancel);
                if (answer.Error == GroupError.None && answer.Offsets.All(o => o.Offset >= 0))
                    answers[what] = answer;
                return answer;
            },
        };
    }

    private static Func<IBroker, IGroups> BeginAtTheEnd(World world) => static broker => new BrokenGroups(broker.Groups)
    {
        OnFetch = async (inner, request, cancel) =>
        {
            var answer = await inner.FetchOffsetsAsync(request, cancel);
            var offsets = new List<CommittedOffset>();
            foreach (var offset in answer.Offsets)
            {
                var end = await broker.ListOffsetAsync(offset.Partition, OffsetSpec.Latest, cancel);
                offsets.Add(offset.Offset < 0 && end.Error == ErrorCode.None
                    && request.GroupId == SimulatedGroups.Workers ? offset with { Offset = end.Offset } : offset);
            }

            return answer with { Offsets = offsets };
        },
    };

    private static Func<IBroker, IGroups> SyncOld(World world)
    {
        var answers = new Dictionary<string, SyncGroupResult>();
        return broker => new BrokenGroups(broker.Groups)
        {
            OnSync = async (inner, request, cancel) =>
            {
                var answer = await inner.SyncAsync(request, cancel);
                if (answer.Error != GroupError.None)
                    return answer;
                answers.TryAdd(request.MemberId, answer);
                return answers[request.MemberId];
            },
        };
    }

    private static Func<IBroker, IGroups> HideOwned(World world) => static broker => new BrokenGroups(broker.Groups)
    {
        OnJoin = static async (inner, request, cancel) =>
        {
            var joined = await inner.JoinAsync(request, cancel);
            return joined with { Members = [.. joined.Members.Select(m => m with { Metadata = WithoutOwned(m.Metadata) })] };
        },
    };

    private static ReadOnlyMemory<byte> WithoutOwned(ReadOnlyMemory<byte> metadata) =>
        ConsumerSubscription.TryRead(metadata.Span, out var subscription)
            ? new ConsumerSubscription { Topics = subscription.Topics }.Write()
            : metadata;

    private static Func<IBroker, IGroups> HideRebalances(World world) => static broker => new BrokenGroups(broker.Groups)
    {
        OnHeartbeat = static async (inner, request, cancel) =>
            await inner.HeartbeatAsync(request, cancel) is var error and not GroupError.RebalanceInProgress ? error : GroupError.None,
    };
}
