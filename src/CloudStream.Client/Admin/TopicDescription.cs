using CloudStream.Client.Transport;

namespace CloudStream.Client.Admin;

/// <summary>A topic as the broker describes it.</summary>
public sealed record TopicDescription
{
    /// <summary>The topic's name.</summary>
    public required string Name { get; init; }

    /// <summary>The topic's id, which no later topic of the same name has.</summary>
    public required string Id { get; init; }

    /// <summary>How many partitions it has.</summary>
    public required int PartitionCount { get; init; }

    /// <summary>The settings that were given; all others have their defaults.</summary>
    public required IReadOnlyDictionary<string, string> Config { get; init; }

    /// <summary>All settings as they are in force. Empty where topics are listed.</summary>
    public IReadOnlyList<TopicConfigEntry> ConfigEntries { get; init; } = [];

    /// <summary>Where the partitions are and what they hold. Empty where topics are listed.</summary>
    public IReadOnlyList<PartitionDescription> Partitions { get; init; } = [];

    internal static TopicDescription From(TopicDocument document) => new()
    {
        Name = document.Name,
        Id = document.Id ?? "",
        PartitionCount = document.Partitions,
        Config = (document.Config ?? []).ToDictionary(setting => setting.Key, setting => setting.Value ?? "", StringComparer.Ordinal),
        ConfigEntries = [.. (document.ConfigEntries ?? []).Select(entry =>
            new TopicConfigEntry(entry.Name, entry.Value ?? "", entry.IsDefault, entry.Doc ?? ""))],
        Partitions = [.. (document.PartitionDetails ?? []).Select(partition => new PartitionDescription
        {
            Partition = partition.Partition,
            Shard = partition.Shard,
            Leader = partition.Leader,
            LeaderEpoch = partition.LeaderEpoch,
            LogStartOffset = partition.LogStartOffset,
            HighWatermark = partition.HighWatermark,
            Bytes = partition.Bytes,
            AcceptedLosses = partition.AcceptedLosses is not { Count: > 0 } losses ? [] : [.. losses.Select(loss =>
                new AcceptedLoss(loss.FirstOffset, loss.LastOffset, loss.By, DateTimeOffset.FromUnixTimeMilliseconds(loss.At)))],
        })],
    };
}

/// <summary>A setting as it is in force.</summary>
/// <param name="Name">Kafka's name.</param>
/// <param name="Value">Its value.</param>
/// <param name="IsDefault">Whether nobody set it for this topic.</param>
/// <param name="Documentation">What it does.</param>
public sealed record TopicConfigEntry(string Name, string Value, bool IsDefault, string Documentation);

/// <summary>Offsets that an operator gave up because what is stored of them is missing or damaged. Readers pass over them.</summary>
/// <param name="FirstOffset">The first of them.</param>
/// <param name="LastOffset">The last of them.</param>
/// <param name="By">Who did so.</param>
/// <param name="At">When, by the clock of the broker that was asked to.</param>
public sealed record AcceptedLoss(long FirstOffset, long LastOffset, string By, DateTimeOffset At);

/// <summary>A partition's place, its frontiers and what was given up of it.</summary>
public sealed record PartitionDescription
{
    /// <summary>From 0.</summary>
    public required int Partition { get; init; }

    /// <summary>The shard that it belongs to.</summary>
    public required int Shard { get; init; }

    /// <summary>The broker to ask first; every other one answers as well. -1 where none lives.</summary>
    public required int Leader { get; init; }

    /// <summary>How often the cluster has been restored.</summary>
    public required int LeaderEpoch { get; init; }

    /// <summary>The lowest offset that is still there.</summary>
    public required long LogStartOffset { get; init; }

    /// <summary>The offset after the last record.</summary>
    public required long HighWatermark { get; init; }

    /// <summary>Bytes of its record batches.</summary>
    public required long Bytes { get; init; }

    /// <summary>Offsets that were given up, ascending and apart; nearly always none.</summary>
    public IReadOnlyList<AcceptedLoss> AcceptedLosses { get; init; } = [];
}
