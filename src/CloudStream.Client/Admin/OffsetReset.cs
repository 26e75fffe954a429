using System.Globalization;
using CloudStream.Client.Transport;

namespace CloudStream.Client.Admin;

/// <summary>Where the offsets of a group are to be moved, and of which partitions. The new offsets lie within the log.</summary>
public sealed record OffsetReset
{
    private readonly Offset? _to;
    private readonly long _by;

    private OffsetReset(Offset? to, long by) => (_to, _by) = (to, by);

    /// <summary>All partitions of these topics. Without topics and partitions: all that the group has offsets for.</summary>
    public IReadOnlyList<string>? Topics { get; init; }

    /// <summary>These partitions.</summary>
    public IReadOnlyList<TopicPartition>? Partitions { get; init; }

    /// <summary>Whether nothing is changed, only told.</summary>
    public bool DryRun { get; init; }

    /// <summary>To a number, <see cref="Offset.Beginning"/>, <see cref="Offset.End"/>, or the first record at a time.</summary>
    public static OffsetReset To(Offset offset) => new(offset, 0);

    /// <summary>By so many records: forward, or back when negative.</summary>
    public static OffsetReset By(long records) => new(null, records);

    internal ResetOffsetsDocument ToDocument() => new(
        _to is { IsNumber: false } place && place.Query is "earliest" or "latest" ? _to.Value.Query : null,
        _to is { IsNumber: true } ? _to.Value.Value : null,
        _to is { IsNumber: false } time
            && long.TryParse(time.Query, NumberStyles.Integer, CultureInfo.InvariantCulture, out var ms) ? ms : null,
        _to is null ? _by : null,
        Topics is null ? null : [.. Topics],
        Partitions is null ? null : [.. Partitions.Select(p => new PlaceDocument(p.Topic, p.Partition))],
        DryRun);
}

/// <summary>An offset that was moved, or would be.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Before">What was committed; null for nothing.</param>
/// <param name="Offset">The new offset.</param>
public sealed record OffsetMove(TopicPartition Partition, long? Before, long Offset);
