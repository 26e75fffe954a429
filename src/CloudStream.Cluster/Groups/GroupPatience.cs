using CloudStream.Log.Journal;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using CloudStream.Storage;

namespace CloudStream.Cluster.Groups;

/// <summary>How long who asks something of a group waits for its coordinator shard's journal, when the store is slow or away.</summary>
internal static class GroupPatience
{
    /// <summary>The limit: most clients ask again soon after it.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>What became of a change: after the limit it is taken back, or nobody can say.</summary>
    public static async ValueTask<GroupError> SettleAsync(GroupWrite write, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return GroupFailure.Of(await write.Outcome.WaitAsync(Limit, time, cancellationToken));
        }
        catch (TimeoutException)
        {
            return GiveUp(write);
        }
    }

    /// <summary>What to say of a change that nobody waits for any longer.</summary>
    public static GroupError GiveUp(GroupWrite write) =>
        write.TryWithdraw() ? GroupError.CoordinatorNotAvailable : GroupError.RequestTimedOut;

    /// <summary>Sees to it that what is known of a shard is at least as new as this call.</summary>
    /// <exception cref="StoreException">It cannot be seen to now.</exception>
    public static async ValueTask ProveAsync(Shard shard, TimeProvider time, CancellationToken cancellationToken)
    {
        var proof = shard.ProveAsync(shard.Ask(), cancellationToken);
        if (proof.IsCompletedSuccessfully)
            return;
        try
        {
            await proof.AsTask().OnContext().WaitAsync(Limit, time, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new StoreException(StoreErrorKind.Unavailable, $"the journal of shard {shard.Number} cannot be read now", e);
        }
    }
}
