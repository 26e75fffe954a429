using CloudStream.Cluster.Groups.Membership;
using CloudStream.Cluster.Groups.Offsets;
using CloudStream.Cluster.Groups.Registers;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>
/// Looks after groups that nobody asks for: those of a lost lease leave memory, those of a new lease that have members are loaded so that
/// members that died with their coordinator end, and offsets expire. One loop.
/// </summary>
internal sealed class GroupUpkeep(
    ICoordinators coordinators, TopicCatalog topics, GroupRegisters registers, GroupTable table, GroupSettings settings,
    BrokerRuntime runtime, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private BackgroundLoop? _loop;
    private int _signature;
    private long _checkedAt = runtime.Time.GetTimestamp();

    /// <summary>Starts the loop.</summary>
    public void Start()
    {
        _signature = ~coordinators.Signature; // Whatever is held already is new.
        _loop = BackgroundLoop.Every("group upkeep", log, runtime.Time, s_interval, TickAsync);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _loop?.DisposeAsync() ?? default;

    private async Task TickAsync(CancellationToken stopping)
    {
        foreach (var group in table.Loaded)
            group.Wake();
        var signature = coordinators.Signature;
        var isDue = runtime.Time.GetElapsedTime(_checkedAt) >= settings.RetentionCheckInterval;
        if (signature == _signature && !isDue)
            return;
        try
        {
            await LookAsync(signature, isDue, stopping);
        }
        catch (StoreException e)
        {
            GroupUpkeepLog.NotLooked(log, e.Kind);
        }
    }

    private async ValueTask LookAsync(int signature, bool isDue, CancellationToken stopping)
    {
        var groups = (await registers.ListAsync(stopping)).Where(g => g.Group is not null).Select(g => g.Group!).ToList();
        foreach (var group in groups.Where(g => g.Register.HasMembers))
        {
            if (coordinators.OwnClaim(group.GroupId) is { } claim)
                await table.CallAsync(group.GroupId, claim, NewGlance, stopping);
        }

        _signature = signature;
        if (!isDue)
            return;
        _checkedAt = runtime.Time.GetTimestamp();
        await ExpireAsync(groups, stopping);
    }

    /// <summary>Loads a group; there is nothing to be done but that.</summary>
    private static GroupWork<GroupError> NewGlance() =>
        new(static (_, reply) => reply.Send(GroupError.None), static e => e) { WaitsForSettled = false, CountsAsUse = false };

    // The registers were read before the topics: what they name and the list lacks has been deleted, as ids are never used again.
    private async ValueTask ExpireAsync(List<KnownGroup> groups, CancellationToken stopping)
    {
        var live = new Dictionary<Guid, string?>();
        foreach (var id in await topics.IdsAsync(stopping))
            live[id] = (await topics.FindAsync(id, stopping))?.Name;
        var now = runtime.Time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var group in groups)
        {
            if (coordinators.OwnClaim(group.GroupId) is not { } claim)
                continue;
            var expiry = new OffsetExpiry(now, (long)settings.OffsetsRetention.TotalMilliseconds, group.Register, live);
            if (table.Find(group.GroupId) is not null)
                await table.CallAsync(group.GroupId, claim,
                    () => new GroupWork<GroupError>(
                        (g, reply) => g.Expire(expiry, reply), static e => e) { CountsAsUse = false }, stopping);
            else
                await ExpireAsync(group, claim, expiry, stopping);
        }
    }

    private async ValueTask ExpireAsync(KnownGroup group, GroupClaim claim, OffsetExpiry expiry, CancellationToken stopping)
    {
        try
        {
            var after = await registers.ChangeAsync(group.GroupId, group, Apply, stopping);
            if (after is { Register: { HasMembers: false, Offsets.Count: 0 } } && table.Find(group.GroupId) is null
                && after.Register.Claim.Epoch <= claim.Epoch)
                await registers.DeleteAsync(after, stopping);
        }
        catch (StoreException e)
        {
            GroupUpkeepLog.NotExpired(log, group.GroupId, e.Kind);
        }

        GroupRegister? Apply(GroupRegister present)
        {
            if (present.HasMembers || present.Claim.Epoch > claim.Epoch)
                return null;
            var next = expiry.Apply(present, null);
            return ReferenceEquals(next, present) ? null : next;
        }
    }
}
