using CloudStream.Log.Runtime;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>The groups that this broker coordinates and has in memory; bounded. Thread-safe.</summary>
internal sealed class GroupTable(GroupContext context)
{
    private const int MaxPutAwayAtOnce = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private bool _isClosed;

    /// <summary>What is in memory now.</summary>
    public IReadOnlyList<Group> Loaded
    {
        get
        {
            lock (_lock)
                return [.. _groups.Values];
        }
    }

    /// <summary>A group that is in memory, or null.</summary>
    public Group? Find(string groupId)
    {
        lock (_lock)
            return _groups.GetValueOrDefault(groupId);
    }

    /// <summary>Calls a group, bringing it into memory first where it is not.</summary>
    public async ValueTask<T> CallAsync<T>(
        string groupId, int epoch, Func<GroupWork<T>> newWork, CancellationToken cancellationToken)
    {
        while (true)
        {
            var work = newWork();
            if (!TryLoad(groupId, epoch, out var group, out var refusal))
                work.Refuse(refusal);
            else if (!await group.EnqueueAsync(work, cancellationToken))
            {
                await group.Gone.OnContext().WaitAsync(cancellationToken);
                continue;
            }

            var answer = await work.Reply.Sent.OnContext().WaitAsync(cancellationToken);
            if (!work.Reply.IsMoved)
                return answer;
        }
    }

    /// <summary>
    /// Takes no more calls and puts everything away; what is being written is concluded unless <paramref name="cancellationToken"/> is
    /// cancelled.
    /// </summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            _isClosed = true;
        await Task.WhenAll(Loaded.Select(g => g.DrainAsync(cancellationToken)));
    }

    private bool TryLoad(string groupId, int epoch, out Group group, out GroupError refusal)
    {
        lock (_lock)
        {
            refusal = GroupError.NotCoordinator;
            var isLoaded = _groups.TryGetValue(groupId, out group!) && group.Epoch == epoch;
            if (_isClosed || isLoaded)
                return !_isClosed;
            if (group is not null && group.Epoch > epoch)
                // The caller looked before the lease was lost and taken again. The group that is loaded must stay the only one of its
                // epoch.
                return false;
            group?.Wake(); // It finds that its lease is over.
            if (group is null && _groups.Count >= context.Settings.MaxLoaded)
            {
                PutSomeAway();
                refusal = GroupError.CoordinatorLoadInProgress;
                return false;
            }

            group = Group.Load(groupId, epoch, context, Forget);
            _groups[groupId] = group;
            return true;
        }
    }

    private void PutSomeAway()
    {
        foreach (var idle in _groups.Values.Where(g => g.Listing is null or { State: GroupState.Empty }).Take(MaxPutAwayAtOnce))
            idle.TryEnqueue(new GroupWork<GroupError>(static (g, reply) => g.PutAway(reply), static e => e) { WaitsForQuiet = true });
    }

    private void Forget(Group group)
    {
        lock (_lock)
        {
            if (_groups.GetValueOrDefault(group.GroupId) == group)
                _groups.Remove(group.GroupId);
        }
    }
}
