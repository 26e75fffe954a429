using CloudStream.Cluster.Groups.Membership;
using CloudStream.Cluster.Groups.Offsets;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Groups;
using CloudStream.Log.Journal;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using CloudStream.Storage;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>
/// Looks after groups that nobody asks for: those of a lost lease leave memory, those of a new lease that have members are loaded so that
/// the sessions of members that died with their coordinator end, and offsets expire. One loop.
/// </summary>
internal sealed class GroupUpkeep(
    ICoordinators coordinators, TopicCatalog topics, GroupTable table, GroupSettings settings, BrokerRuntime runtime, ILogger log)
    : IAsyncDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, int> _epochs = [];
    private BackgroundLoop? _loop;
    private long _checkedAt = runtime.Time.GetTimestamp();

    /// <summary>Starts the loop.</summary>
    public void Start() => _loop = BackgroundLoop.Every("group upkeep", log, runtime.Time, s_interval, TickAsync);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _loop?.DisposeAsync() ?? default;

    private async Task TickAsync(CancellationToken stopping)
    {
        foreach (var group in table.Loaded)
            group.Wake();
        foreach (var shard in coordinators.Shards)
            await LoadNewAsync(shard, stopping);
        if (runtime.Time.GetElapsedTime(_checkedAt) < settings.RetentionCheckInterval)
            return;
        _checkedAt = runtime.Time.GetTimestamp();
        try
        {
            await ExpireAsync(stopping);
        }
        catch (StoreException e)
        {
            GroupUpkeepLog.NotLooked(log, e.Kind);
        }
    }

    private async ValueTask LoadNewAsync(Shard shard, CancellationToken stopping)
    {
        var epoch = coordinators.EpochOf(shard);
        if (epoch == _epochs.GetValueOrDefault(shard.Number))
            return;
        if (epoch > 0)
        {
            foreach (var (groupId, _) in shard.Groups.Where(g => g.Group.HasMembers))
                await table.CallAsync(groupId, epoch, NewGlance, stopping);
        }

        _epochs[shard.Number] = epoch;
    }

    /// <summary>Loads a group; there is nothing to be done but that.</summary>
    private static GroupWork<GroupError> NewGlance() =>
        new(static (_, reply) => reply.Send(GroupError.None), static e => e) { WaitsForSettled = false, CountsAsUse = false };

    // The groups are taken before the topics are read: what they name and the list lacks has been deleted, as ids are never used again.
    private async ValueTask ExpireAsync(CancellationToken stopping)
    {
        var held = coordinators.Shards.Select(s => (Shard: s, Epoch: coordinators.EpochOf(s), s.State.Groups)).Where(s => s.Epoch > 0)
            .ToList();
        var live = new Dictionary<Guid, string?>();
        foreach (var id in await topics.IdsAsync(stopping))
            live[id] = (await topics.FindAsync(id, stopping))?.Name;
        var now = runtime.Time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var (shard, epoch, groups) in held)
        {
            var writes = new List<GroupWrite>(); // All at once: they share commits.
            foreach (var (groupId, group) in groups)
            {
                var expiry = new OffsetExpiry(now, (long)settings.OffsetsRetention.TotalMilliseconds, group, live);
                if (await ExpireAsync(shard, epoch, groupId, expiry, stopping) is { } write)
                    writes.Add(write);
            }

            foreach (var write in writes)
            {
                var error = await GroupPatience.SettleAsync(write, runtime.Time, stopping);
                if (error is not (GroupError.None or GroupError.GroupIdNotFound))
                    GroupUpkeepLog.NotExpired(log, write.Change.Group, error);
            }
        }
    }

    private async ValueTask<GroupWrite?> ExpireAsync(
        Shard shard, int epoch, string groupId, OffsetExpiry expiry, CancellationToken stopping)
    {
        if (table.Find(groupId) is not null)
        {
            await table.CallAsync(groupId, epoch,
                () => new GroupWork<GroupError>((g, reply) => g.Expire(expiry, reply), static e => e) { CountsAsUse = false }, stopping);
            return null;
        }

        // What is written now comes before any generation of members that join from now on.
        if (shard.FindGroup(groupId) is not { HasMembers: false } group)
            return null;
        var expired = expiry.Of(group, null);
        return expired.Count == 0 && group.Offsets.Count > 0
            ? null
            : shard.Write(epoch, new OffsetsExpired(groupId, expired), isUrgent: false);
    }
}
