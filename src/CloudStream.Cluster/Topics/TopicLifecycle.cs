using CloudStream.Cluster.Registers;
using CloudStream.Storage;

namespace CloudStream.Cluster.Topics;

/// <summary>
/// The stages of a topic's life: the register says which change is under way, and whoever meets one half-done finishes it here. Every step
/// may be repeated and done by several brokers at once; each changes the register only from the version that it has seen, and versions
/// never go back, so no step meant for a deleted topic reaches its successor of the same name. What was learned goes to the cache.
/// Thread-safe.
/// </summary>
internal sealed class TopicLifecycle(SettledRegisters registers, TopicPartitions partitions, TopicCache cache)
{
    /// <summary>A strong read; null when there is no register.</summary>
    /// <exception cref="StoreException">The register cannot be read.</exception>
    public async ValueTask<KnownTopic?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var begun = cache.Begin();
        var topic = KnownTopic.From(await registers.GetAsync(TopicRegister.KeyOf(name), cancellationToken));
        if (topic is null)
            cache.LearnAbsent(name, begun);
        else
            cache.Learn(name, topic);
        return topic;
    }

    /// <summary>Writes a register's next value.</summary>
    /// <returns>Whether the write took effect, and what stands there now (null for nothing).</returns>
    public async ValueTask<(bool Done, KnownTopic? Now)> PutAsync(
        string name, TopicRegister next, long expectedVersion, CancellationToken cancellationToken)
    {
        var put = await registers.PutAsync(TopicRegister.KeyOf(name), next.Encode(), expectedVersion, cancellationToken);
        var now = put.Succeeded ? new KnownTopic(next, put.Version) : KnownTopic.From(put.Current);
        if (now is not null)
            cache.Learn(name, now);
        else
            cache.LearnDeleted(name, expectedVersion);
        return (put.Succeeded, now);
    }

    /// <summary>
    /// Writes the first register of a new topic. The caller tells by the id of what stands there afterwards whether it is its own.
    /// </summary>
    public async ValueTask<KnownTopic?> CreateAsync(string name, TopicRegister made, CancellationToken cancellationToken)
    {
        var put = await registers.CreateAsync(TopicRegister.KeyOf(name), made.Encode(), cancellationToken);
        var now = put.Succeeded ? new KnownTopic(made, put.Version) : KnownTopic.From(put.Current);
        if (now is not null)
            cache.Learn(name, now);
        return now;
    }

    /// <summary>Finishes what is half-done, until the topic is ready or gone (null).</summary>
    /// <exception cref="StoreException">It could not be finished now; whoever meets it next tries again.</exception>
    public async ValueTask<KnownTopic?> SettleAsync(string name, KnownTopic? topic, CancellationToken cancellationToken)
    {
        while (topic is not null && topic.Register.Stage != TopicStage.Ready)
        {
            topic = topic.Register.Stage == TopicStage.Creating
                ? await FinishCreatingAsync(name, topic, cancellationToken)
                : await FinishDeletingAsync(name, topic, cancellationToken);
        }

        return topic;
    }

    private async ValueTask<KnownTopic?> FinishCreatingAsync(string name, KnownTopic topic, CancellationToken cancellationToken)
    {
        var register = topic.Register;
        await partitions.CreateAsync(register.Id, register.Shards, register.ReadyPartitions, cancellationToken);
        var ready = register with { Stage = TopicStage.Ready, ReadyPartitions = register.Shards.Length };
        var (done, now) = await PutAsync(name, ready, topic.Version, cancellationToken);

        // Deleted while we were at it: what we may have put back into the shards goes again. (A crash here leaves it to the sweep.)
        if (!done && now?.Register.Id != register.Id)
            await partitions.DeleteAsync(register.Id, register.Shards, cancellationToken);
        return now;
    }

    private async ValueTask<KnownTopic?> FinishDeletingAsync(string name, KnownTopic topic, CancellationToken cancellationToken)
    {
        await partitions.DeleteAsync(topic.Register.Id, topic.Register.Shards, cancellationToken);
        var now = KnownTopic.From(await registers.DeleteAsync(TopicRegister.KeyOf(name), topic.Version, cancellationToken));
        cache.LearnDeleted(name, topic.Version);
        if (now is not null)
            cache.Learn(name, now);
        return now;
    }
}
