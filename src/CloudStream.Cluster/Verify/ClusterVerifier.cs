using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Formation;
using CloudStream.Cluster.Producers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Log.Verify;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Cluster.Verify;

/// <summary>
/// Reads everything of a cluster and tells what is missing or damaged: registers, checkpoints, index pages, objects, every record batch.
/// Reads only, holds no lease, and may run beside brokers. Used once.
/// </summary>
/// <param name="stores">Where it lies; the objects by their whole names.</param>
/// <param name="runtime">Time, for pauses between retries.</param>
/// <param name="report">Hears of what is found.</param>
internal sealed class ClusterVerifier(BrokerStores stores, BrokerRuntime runtime, VerifyReport report)
{
    private static readonly string[] s_families = ["cluster/", BrokerRegister.Prefix];

    private Dictionary<string, TopicRegister> _topics = [];

    /// <summary>The topics' names by their ids, once the registers have been read.</summary>
    public Dictionary<Guid, string> TopicNames { get; } = [];

    /// <summary>The cluster's id; null while it is unknown.</summary>
    public string? ClusterId { get; private set; }

    /// <summary>Verifies all there is.</summary>
    /// <exception cref="StoreException">A store fails in a way that says nothing of what it holds, or holds what a newer release
    /// wrote.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await FindClusterAsync(cancellationToken) is not { } cluster)
                return;
            ClusterId = cluster.ClusterId;
            foreach (var family in s_families)
                await VerifyRegistersAsync(family, cancellationToken);
            _topics = await ReadTopicsAsync(isFirst: true, cancellationToken);
            await VerifyShardsAsync(cluster, cancellationToken);
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.Corrupt)
        {
            // What is damaged beyond registers and objects is the metadata store itself.
            report.Found(new Finding(FindingKind.Cluster, $"The registers cannot be read: {e.Message}."));
        }
    }

    private async Task<ClusterRegister?> FindClusterAsync(CancellationToken cancellationToken)
    {
        if (await stores.Metadata.GetAsync(ClusterRegister.Key, cancellationToken) is { } register)
        {
            var cluster = ClusterRegister.Decode(register.Value);
            try
            {
                await ClusterMark.CheckAsync(stores.Objects, cluster, cancellationToken);
            }
            catch (StoreException e) when (e.Kind is StoreErrorKind.Refused or StoreErrorKind.Corrupt)
            {
                report.Found(new Finding(FindingKind.Cluster, $"No broker starts here: {e.Message}."));
            }

            return cluster;
        }

        await foreach (var info in stores.Objects.ListAsync("", cancellationToken))
        {
            if (!ClusterObjects.HoldsData(info.Name))
                continue;
            report.Found(new Finding(FindingKind.Cluster,
                $"No broker starts here: there are a cluster's objects, such as {info.Name}, but the registers know of no cluster."));
            break;
        }

        return null;
    }

    private async Task VerifyRegistersAsync(string family, CancellationToken cancellationToken)
    {
        await foreach (var register in stores.Metadata.ListAsync(family, cancellationToken))
            TryDecode(register, Decode);
    }

    private static object? Decode(Register register) => register.Key switch
    {
        ProducerIds.Key => ProducerIds.Decode(register.Value),
        AlteredSettings.Key => AlteredSettings.Decode(register.Value),
        _ when register.Key.StartsWith(BrokerRegister.Prefix, StringComparison.Ordinal) => BrokerRegister.Decode(register),
        _ => null,
    };

    private T? TryDecode<T>(Register register, Func<Register, T> decode)
        where T : class?
    {
        try
        {
            return decode(register);
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.Corrupt)
        {
            report.Found(new Finding(FindingKind.Register, $"The register {register.Key} cannot be read: {e.Message}."));
            return null;
        }
    }

    private async Task<Dictionary<string, TopicRegister>> ReadTopicsAsync(bool isFirst, CancellationToken cancellationToken)
    {
        var topics = new Dictionary<string, TopicRegister>(StringComparer.Ordinal);
        await foreach (var register in stores.Metadata.ListAsync(TopicRegister.Prefix, cancellationToken))
        {
            if (TryDecode(register, static r => TopicRegister.Decode(r.Value, r.Key)) is not { } topic)
                continue;
            topics.Add(TopicRegister.NameOf(register.Key), topic);
            TopicNames[topic.Id] = TopicRegister.NameOf(register.Key);
        }

        if (isFirst)
            report.Topics = topics.Count;
        return topics;
    }

    private async Task VerifyShardsAsync(ClusterRegister cluster, CancellationToken cancellationToken)
    {
        var objects = cluster.ObjectsIn(stores.Objects);
        var listed = new HashSet<ObjectRef>?[cluster.AllShards];
        await foreach (var info in objects.ListAsync("", cancellationToken))
        {
            if (!ObjectRef.TryParse(info.Name, out var shard, out var reference) || shard >= listed.Length)
                continue;
            (listed[shard] ??= []).Add(reference);
            report.TotalBytes += info.SizeBytes;
        }

        for (var shard = 0; shard < listed.Length; shard++)
        {
            var verifier = new ShardVerifier(
                shard, cluster.Ring, stores with { Objects = objects }, runtime, report, id => TopicNames.GetValueOrDefault(id))
            {
                IsCoordinator = shard >= cluster.Shards
            };
            if (await verifier.RunAsync(listed[shard] ?? [], cancellationToken) is { } state)
                await CompareAsync(shard, state, verifier, cancellationToken);
            listed[shard] = null;
            report.Shards++;
        }
    }

    private async Task CompareAsync(int shard, ShardState state, ShardVerifier verifier, CancellationToken cancellationToken)
    {
        foreach (var (name, topic) in _topics)
        {
            for (var i = 0; i < topic.ReadyPartitions; i++)
            {
                var id = new PartitionId(topic.Id, i);
                if (topic.Shards[i] == shard && topic.Stage == TopicStage.Ready && !state.Slots.ContainsKey(id)
                    && await IsStillReadyAsync(name, topic, cancellationToken))
                    report.Found(new Finding(FindingKind.Topic,
                        $"The partition {name}/{i} is not in shard {shard}, where its topic has it.")
                    {
                        Shard = shard,
                        Partition = id
                    });
            }
        }

        if (state.Slots.Keys.Any(id => !TopicNames.ContainsKey(id.TopicId)))
            await FindLostTopicsAsync(shard, state, verifier, cancellationToken);
    }

    // A topic leaves the stage before its partitions leave their shards, and never comes back to it.
    private async Task<bool> IsStillReadyAsync(string name, TopicRegister topic, CancellationToken cancellationToken) =>
        await stores.Metadata.GetAsync(TopicRegister.KeyOf(name), cancellationToken) is { } register
        && TryDecode(register, static r => TopicRegister.Decode(r.Value, r.Key)) is { Stage: TopicStage.Ready } now && now.Id == topic.Id;

    // A topic's register is written before its first partition and goes after the last one; what a paused creator leaves behind is empty.
    private async Task FindLostTopicsAsync(int shard, ShardState state, ShardVerifier verifier, CancellationToken cancellationToken)
    {
        await ReadTopicsAsync(isFirst: false, cancellationToken);
        var now = await verifier.ReadAgainAsync(cancellationToken);
        foreach (var partition in now.Partitions.Values)
        {
            if (!TopicNames.ContainsKey(partition.Id.TopicId) && state.Slots.ContainsKey(partition.Id) && partition.EndOffset > 0)
                report.Found(new Finding(FindingKind.Topic,
                    $"Partition {partition.Id.Index} of topic {partition.Id.TopicId} holds records in shard {shard}, but no topic has that "
                        + "id: its register is gone.")
                {
                    Shard = shard,
                    Partition = partition.Id
                });
        }
    }
}
