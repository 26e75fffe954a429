using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Storage;

namespace CloudStream.Cluster.Topics;

/// <summary>
/// Creates, changes and deletes topics. A change is pinned to the topic id that it found first: if the topic is deleted meanwhile it fails
/// and never touches a new topic of the same name. Names and settings have been checked by the caller. Thread-safe.
/// </summary>
internal sealed class TopicChanges(TopicLifecycle lifecycle, TopicPartitions partitions, RandomSource random)
{
    // Each lost race means that somebody else's change took effect.
    private const int MaxRaces = 64;

    /// <summary>Creates a topic with <paramref name="partitionCount"/> partitions.</summary>
    public async ValueTask<TopicResult> CreateAsync(
        string name, int partitionCount, ImmutableSortedDictionary<string, string> config, CancellationToken cancellationToken)
    {
        try
        {
            if (await lifecycle.SettleAsync(name, await lifecycle.ReadAsync(name, cancellationToken), cancellationToken) is not null)
                return Exists(name);
            for (var races = 0; races < MaxRaces; races++)
            {
                var made = New(partitionCount, config);
                var found = await lifecycle.CreateAsync(name, made, cancellationToken);
                if (found is not null && found.Register.Id == made.Id)
                    return await FinishAsync(name, found, cancellationToken);
                if (await lifecycle.SettleAsync(name, found, cancellationToken) is not null)
                    return Exists(name);
            }

            return Contended(name);
        }
        catch (StoreException e)
        {
            return TopicFailure.Of(e);
        }
    }

    /// <summary>Sets (value) or resets (null) settings.</summary>
    public ValueTask<TopicResult> AlterConfigAsync(
        string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken) =>
            ChangeAsync(
                name,
                (present, _) => TopicConfigs.TryChange(present.Config, changes, out var next, out var error)
                    ? (ReferenceEquals(next, present.Config) ? present : present with { Config = next }, default)
                    : (null, new TopicResult(ErrorCode.InvalidConfig, null, error)),
                cancellationToken);

    /// <summary>Raises the number of partitions.</summary>
    public ValueTask<TopicResult> AddPartitionsAsync(string name, int newCount, CancellationToken cancellationToken) =>
        ChangeAsync(name, (present, attempted) => Widen(name, present, newCount, attempted), cancellationToken);

    /// <summary>Deletes a topic.</summary>
    public async ValueTask<TopicResult> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var begun = false;
        try
        {
            var topic = await lifecycle.ReadAsync(name, cancellationToken);
            if (topic is null || topic.Register.Stage == TopicStage.Deleting)
            {
                await lifecycle.SettleAsync(name, topic, cancellationToken);
                return Unknown(name);
            }

            var (first, seen) = (topic, topic.Whole(name));
            while (topic is not null && topic.Register.Id == first.Register.Id && topic.Register.Stage != TopicStage.Deleting)
            {
                seen = topic.Whole(name);
                (_, topic) = await lifecycle.PutAsync(
                    name, topic.Register with { Stage = TopicStage.Deleting }, topic.Version, cancellationToken);
            }

            // From here on the topic is gone for clients, whoever marked it.
            begun = true;
            if (topic is not null && topic.Register.Id == first.Register.Id)
                await lifecycle.SettleAsync(name, topic, cancellationToken);
            return new TopicResult(ErrorCode.None, seen);
        }
        catch (StoreException e)
        {
            return begun ? TopicFailure.Begun(e) : TopicFailure.Of(e);
        }
    }

    private async ValueTask<TopicResult> ChangeAsync(
        string name, Func<TopicRegister, bool, (TopicRegister? Next, TopicResult Refusal)> change, CancellationToken cancellationToken)
    {
        try
        {
            var topic = await lifecycle.SettleAsync(name, await lifecycle.ReadAsync(name, cancellationToken), cancellationToken);
            var id = topic?.Register.Id;
            for (var races = 0; races < MaxRaces; races++)
            {
                if (topic is null || topic.Register.Id != id)
                    return Unknown(name);
                var (next, refusal) = change(topic.Register, races > 0);
                if (next is null)
                    return refusal;
                if (ReferenceEquals(next, topic.Register))
                    return new TopicResult(ErrorCode.None, topic.Visible(name));
                (var done, topic) = await lifecycle.PutAsync(name, next, topic.Version, cancellationToken);
                if (done)
                    return await FinishAsync(name, topic!, cancellationToken);
                topic = await lifecycle.SettleAsync(name, topic, cancellationToken);
            }

            return Contended(name);
        }
        catch (StoreException e)
        {
            return TopicFailure.Of(e);
        }
    }

    private async ValueTask<TopicResult> FinishAsync(string name, KnownTopic topic, CancellationToken cancellationToken)
    {
        try
        {
            var settled = await lifecycle.SettleAsync(name, topic, cancellationToken);
            if (settled?.Register.Id != topic.Register.Id)
                settled = topic; // Deleted since; our change came before.
            return new TopicResult(ErrorCode.None, settled.Whole(name));
        }
        catch (StoreException e)
        {
            return TopicFailure.Begun(e);
        }
    }

    private TopicRegister New(int partitionCount, ImmutableSortedDictionary<string, string> config)
    {
        var id = random.NextGuid();
        return new TopicRegister(id, TopicStage.Creating, 0, ShardRotation.Of(id, partitionCount, partitions.UsableShards), config);
    }

    // An attempt whose reply was lost may have been finished by another broker: then the topic has what was asked for.
    private (TopicRegister? Next, TopicResult Refusal) Widen(string name, TopicRegister present, int newCount, bool attempted)
    {
        if (attempted && present.Shards.Length == newCount)
            return (present, default);
        if (newCount <= present.Shards.Length)
            return (null, new TopicResult(ErrorCode.InvalidPartitions, null,
                $"Topic {name} has {present.Shards.Length} partitions; their number can only grow, {newCount} is not more."));
        var shards = ShardRotation.Widen(present.Shards, present.Id, newCount, partitions.UsableShards);
        return (present with { Stage = TopicStage.Creating, Shards = shards }, default);
    }

    private static TopicResult Exists(string name) => new(ErrorCode.TopicExists, null, $"Topic '{name}' already exists.");

    private static TopicResult Unknown(string name) => new(ErrorCode.UnknownTopic, null, $"There is no topic {name}.");

    private static TopicResult Contended(string name) =>
        new(ErrorCode.StoreUnavailable, null, $"Too many changes of topic {name} at once.");
}
