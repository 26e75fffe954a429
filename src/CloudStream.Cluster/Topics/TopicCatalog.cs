using System.Collections.Immutable;
using CloudStream.Cluster.Registers;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;

namespace CloudStream.Cluster.Topics;

/// <summary>
/// The topics of the cluster as this broker sees and changes them: one register per topic, a cache in front, and a small state machine for
/// what spans the register and the shards. Thread-safe.
/// </summary>
internal sealed class TopicCatalog
{
    // How old the list may be for one that asks for the list.
    private static readonly TimeSpan s_listAge = TimeSpan.FromSeconds(1);

    private readonly BrokerOptions _options;
    private readonly TopicCache _cache;
    private readonly TopicPartitions _partitions;
    private readonly TopicLifecycle _lifecycle;
    private readonly TopicChanges _changes;
    private readonly TopicList _list;
    private readonly TopicConfigs _configs;

    public TopicCatalog(IMetadataStore store, ShardAccess shards, BrokerOptions options, BrokerRuntime runtime, LogMetrics metrics)
    {
        var registers = new SettledRegisters(store, runtime, metrics);
        _options = options;
        _cache = new TopicCache(runtime.Time);
        _partitions = new TopicPartitions(shards, options, runtime);
        _lifecycle = new TopicLifecycle(registers, _partitions, _cache);
        _changes = new TopicChanges(_lifecycle, _partitions, runtime.Random);
        _list = new TopicList(registers, _lifecycle, _cache, runtime);
        _configs = new TopicConfigs(options);
    }

    /// <summary>What this broker knows at the moment, without asking anybody.</summary>
    public TopicSnapshot Known => _cache.Current;

    /// <summary>The topic, or null: from the cache while that is at most a few seconds old, otherwise by a strong read.</summary>
    /// <exception cref="StoreException">Nothing is known of the topic and the store cannot be asked.</exception>
    public ValueTask<TopicInfo?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var kept = _list.KeepAsync(TopicList.Interval, cancellationToken);
        return kept.IsCompletedSuccessfully && _cache.Current.ByName.TryGetValue(name, out var known)
            ? new ValueTask<TopicInfo?>(known.Info)
            : FindAfterAsync(kept, name, cancellationToken);
    }

    /// <summary>The topic of this id, or null.</summary>
    public async ValueTask<TopicInfo?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await _list.KeepAsync(TopicList.Interval, cancellationToken);
        if (_cache.Current.ById.TryGetValue(id, out var known))
            return known;
        await _list.KeepAsync(s_listAge, cancellationToken);
        return _cache.Current.ById.GetValueOrDefault(id);
    }

    /// <summary>The topic as its register says now, past the cache: for one who found the cached one outdated.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async ValueTask<TopicInfo?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        if (TopicNames.Fault(name) is not null)
            return null;
        var topic = await _lifecycle.ReadAsync(name, cancellationToken);
        try
        {
            topic = await _lifecycle.SettleAsync(name, topic, cancellationToken);
        }
        catch (StoreException e) when (e.IsTransient && topic?.Visible(name) is not null)
        {
            // It is being widened and that cannot be finished now: the partitions that it had are there all the same.
        }

        return topic?.Visible(name);
    }

    /// <summary>All topics by name, at most a second old.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async ValueTask<IReadOnlyList<TopicInfo>> ListAsync(CancellationToken cancellationToken)
    {
        await _list.ReadAsync(s_listAge, cancellationToken);
        return [.. _cache.Current.ByName.Values.Select(t => t.Info).OrderBy(t => t.Name, StringComparer.Ordinal)];
    }

    /// <summary>The ids of all topics, in whatever stage; every register is read after the call began.</summary>
    /// <exception cref="StoreException">A register cannot be read, so nobody can say which topics there are.</exception>
    public ValueTask<HashSet<Guid>> IdsAsync(CancellationToken cancellationToken) => _list.IdsAsync(cancellationToken);

    /// <summary>The settings of a topic that the engine acts on.</summary>
    public TopicConfig ConfigOf(TopicInfo topic) => _configs.Of(topic);

    /// <summary>Every setting of a topic as it is in force.</summary>
    public IReadOnlyList<ConfigEntry> DescribeConfig(TopicInfo topic) => _configs.Describe(topic);

    /// <summary>Creates a topic; <paramref name="partitions"/> -1 takes <c>num.partitions</c>.</summary>
    public async ValueTask<TopicResult> CreateAsync(
        string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken)
    {
        var (refusal, count, settings) = await CheckAsync(name, partitions, config, cancellationToken);
        return refusal ?? await _changes.CreateAsync(name, count, settings, cancellationToken);
    }

    /// <summary>What creating a topic would say, without creating it. The topic that is given back has no id and lives nowhere.</summary>
    public async ValueTask<TopicResult> ValidateAsync(
        string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken)
    {
        var (refusal, count, settings) = await CheckAsync(name, partitions, config, cancellationToken);
        return refusal ?? await ExistsAsync(name, cancellationToken)
            ?? new TopicResult(ErrorCode.None, new TopicInfo(name, Guid.Empty, [.. Enumerable.Repeat(0, count)], settings));
    }

    /// <summary>Sets (value) or resets (null) settings.</summary>
    public ValueTask<TopicResult> AlterConfigAsync(
        string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken) =>
            TopicNames.Fault(name) is null ? _changes.AlterConfigAsync(name, changes, cancellationToken) : NoSuch(name);

    /// <summary>Raises the number of partitions.</summary>
    public ValueTask<TopicResult> AddPartitionsAsync(string name, int newCount, CancellationToken cancellationToken) =>
        TopicNames.Fault(name) is not null ? NoSuch(name)
        : CountFault(newCount) is { } wrong ? new(wrong)
        : _changes.AddPartitionsAsync(name, newCount, cancellationToken);

    /// <summary>Deletes a topic; its objects go with the trash of its shards. Gives back the topic as it was.</summary>
    public ValueTask<TopicResult> DeleteAsync(string name, CancellationToken cancellationToken) =>
        TopicNames.Fault(name) is null ? _changes.DeleteAsync(name, cancellationToken) : NoSuch(name);

    /// <summary>
    /// Finishes topics that somebody left half-done, as far as the last list showed any. Costs nothing when there are none; call it now and
    /// then.
    /// </summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public Task FinishAbandonedAsync(CancellationToken cancellationToken) => _list.FinishAbandonedAsync(cancellationToken);

    /// <summary>Takes partitions out of shards whose topics are gone; rarely needed, so part of the sweep for orphans.</summary>
    /// <returns>How many were taken out.</returns>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public Task<int> SweepPartitionsAsync(CancellationToken cancellationToken) => _partitions.SweepAsync(_list.IdsAsync, cancellationToken);

    private async ValueTask<(TopicResult? Refusal, int Count, ImmutableSortedDictionary<string, string> Settings)> CheckAsync(
        string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken)
    {
        var none = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
        if (TopicNames.Fault(name) is { } fault)
            return (new TopicResult(ErrorCode.InvalidTopicName, null, fault), 0, none);
        if (name == TopicNames.Metadata)
            return (new TopicResult(ErrorCode.InvalidRequest, null, $"Creation of internal topic {name} is prohibited."), 0, none);
        var count = partitions == -1 ? BrokerSettings.NumPartitions(_options) : partitions;
        var changes = config.ToDictionary(c => c.Key, c => (string?)c.Value, StringComparer.Ordinal);
        var refusal = TopicConfigs.TryChange(none, changes, out var settings, out var error)
            ? CountFault(count)
            : new TopicResult(ErrorCode.InvalidConfig, null, error);
        return refusal is null
            ? (await CollisionAsync(name, cancellationToken), count, settings)
            : (await ExistsAsync(name, cancellationToken) ?? refusal, 0, none);
    }

    // As in Kafka, that there is such a topic is told before what is wrong with the one that was to be made.
    private async ValueTask<TopicResult?> ExistsAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(name, cancellationToken) is null
                ? null
                : new TopicResult(ErrorCode.TopicExists, null, $"Topic '{name}' already exists.");
        }
        catch (StoreException e)
        {
            return TopicFailure.Of(e);
        }
    }

    private async ValueTask<TopicInfo?> FindAfterAsync(ValueTask kept, string name, CancellationToken cancellationToken)
    {
        await kept;
        if (_cache.Current.ByName.TryGetValue(name, out var known))
            return known.Info;
        return _cache.IsAbsent(name) ? null : await ReadAsync(name, cancellationToken);
    }

    // Checked against a list that is at most a second old: two brokers that create colliding names at the same moment both succeed, as
    // harmless as it is rare.
    private async ValueTask<TopicResult?> CollisionAsync(string name, CancellationToken cancellationToken)
    {
        if (!TopicNames.CanCollide(name))
            return null;
        try
        {
            await _list.ReadAsync(s_listAge, cancellationToken);
        }
        catch (StoreException e)
        {
            return TopicFailure.Of(e);
        }

        var other = _cache.Current.ByName.Keys.Where(k => TopicNames.Collide(k, name)).Min(StringComparer.Ordinal);
        return other is null
            ? null
            : new TopicResult(ErrorCode.InvalidTopicName, null, $"Topic '{name}' collides with existing topic: {other}");
    }

    private static TopicResult? CountFault(int partitions) => partitions is >= 1 and <= TopicLimits.MaxPartitions
        ? null
        : new TopicResult(ErrorCode.InvalidPartitions, null,
            $"{partitions} partitions were asked for; the limit is 1 to {TopicLimits.MaxPartitions}.");

    private static ValueTask<TopicResult> NoSuch(string name) =>
        new(new TopicResult(ErrorCode.UnknownTopic, null, $"There is no topic {name}."));
}
