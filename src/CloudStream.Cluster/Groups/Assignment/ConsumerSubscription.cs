using System.Buffers.Binary;
using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>
/// What a consumer says when it joins (<c>ConsumerProtocolSubscription</c>, versions 0 to 3): the metadata of each of its protocols. The
/// engine itself looks at the topics only.
/// </summary>
public sealed record ConsumerSubscription
{
    /// <summary>The topics that it wants.</summary>
    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>What its assignor adds.</summary>
    public ReadOnlyMemory<byte> UserData { get; init; }

    /// <summary>Partitions that it has now (from version 1).</summary>
    public IReadOnlyList<TopicPartition> OwnedPartitions { get; init; } = [];

    /// <summary>The generation in which it got them; -1 for none (from version 2).</summary>
    public int GenerationId { get; init; } = -1;

    /// <summary>
    /// The generation in which it got them, whatever version it speaks: the sticky assignors of older clients, which know no
    /// <see cref="GenerationId"/>, say it in the last four bytes of their user data (the only four of Java's; librdkafka has the partitions
    /// before them). -1 for none.
    /// </summary>
    public int OwnerGeneration => GenerationId >= 0
        || UserData.Length < sizeof(int) ? GenerationId : BinaryPrimitives.ReadInt32BigEndian(UserData.Span[^sizeof(int)..]);

    /// <summary>Its rack, or null (from version 3).</summary>
    public string? RackId { get; init; }

    /// <summary>Reads a subscription; a version above 3 is read as far as version 3 goes. False for bytes that are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, out ConsumerSubscription subscription)
    {
        var reader = new ConsumerProtocolReader(data);
        var version = reader.Int16();
        var topics = new List<string>();
        for (var count = reader.Count(2); count > 0; count--)
            topics.Add(reader.String() ?? "");
        subscription = new ConsumerSubscription
        {
            Topics = topics,
            UserData = reader.Bytes(),
            OwnedPartitions = version >= 1 ? reader.Partitions() : [],
            GenerationId = version >= 2 ? reader.Int32() : -1,
            RackId = version >= 3 ? reader.String() : null,
        };
        return version >= 0 && !reader.Failed;
    }

    /// <summary>The bytes of version <paramref name="version"/>, 0 to 3.</summary>
    public ReadOnlyMemory<byte> Write(short version = ConsumerProtocol.Version)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(version, ConsumerProtocol.Version);
        var writer = new ConsumerProtocolWriter();
        writer.Int16(version);
        writer.Int32(Topics.Count);
        foreach (var topic in Topics)
            writer.String(topic);
        writer.Bytes(UserData.Span);
        if (version >= 1)
            writer.Partitions(OwnedPartitions);
        if (version >= 2)
            writer.Int32(GenerationId);
        if (version >= 3)
            writer.String(RackId);
        return writer.Written;
    }
}
