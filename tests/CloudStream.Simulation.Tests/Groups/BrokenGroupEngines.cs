using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Log.Calls;
using CloudStream.Log.Groups;
using CloudStream.Simulation.Tests.Broken;

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
            Name = "writes what was decided under an old epoch under the present one",
            Scenario = "coordinators",
            Seeds = 100,
            Violates = ["generations", "fenced commits", "one owner"],
            GroupRules = static _ => new PresentEpoch(),
        },
        new()
        {
            Name = "announces a generation before it is written",
            Scenario = "groups",
            Violates = ["generations"],
            GroupRules = static _ => new EarlyGenerations(),
        },
        new()
        {
            Name = "mixes up assignments at a take-over",
            Scenario = Storm,
            Seeds = 40,
            Violates = ["one owner"],
            GroupRules = static _ => new OtherAssignments(),
        },
        new() { Name = "takes commits of an old generation", Scenario = "groups", Violates = ["fenced commits"], Groups = TakeOld },
        new()
        {
            Name = "forgets offsets at a take-over",
            Scenario = Storm,
            Violates = ["committed offsets"],
            GroupRules = static _ => new WithoutOldOffsets()
        },
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

    private sealed class PresentEpoch : GroupRules
    {
        public override int EpochOf(int decided, int present) => decided == 0 ? 0 : present;
    }

    private sealed class EarlyGenerations : GroupRules
    {
        public override bool IsAnsweredEarly(GroupChange change) => change is GenerationFormed;
    }

    private sealed class OtherAssignments : GroupRules
    {
        public override StoredGroup? View(string groupId, StoredGroup? group, int epoch) => group is null ? null : group with
        {
            Members = [.. group.Members.Select((m, i) => m with { Assignment = group.Members[^(i + 1)].Assignment })]
        };
    }

    // Of each epoch only what was committed since its process first saw it.
    private sealed class WithoutOldOffsets : GroupRules
    {
        private readonly Dictionary<string, (int Epoch, StoredGroup? Group)> _first = [];

        public override StoredGroup? View(string groupId, StoredGroup? group, int epoch)
        {
            if (!_first.TryGetValue(groupId, out var first) || first.Epoch != epoch)
                _first[groupId] = first = (epoch, epoch > 1 ? group : null);
            return group is null || first.Group is null
                ? group
                : group with { Offsets = group.Offsets.RemoveRange(group.Offsets.Intersect(first.Group.Offsets).Select(o => o.Key)) };
        }
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
