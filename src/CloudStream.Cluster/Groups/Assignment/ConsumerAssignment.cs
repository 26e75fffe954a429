using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>What a consumer is assigned (<c>ConsumerProtocolAssignment</c>, versions 0 to 3, which are all alike).</summary>
public sealed record ConsumerAssignment
{
    /// <summary>The partitions.</summary>
    public required IReadOnlyList<TopicPartition> Partitions { get; init; }

    /// <summary>What the assignor adds.</summary>
    public ReadOnlyMemory<byte> UserData { get; init; }

    /// <summary>Reads an assignment; no bytes at all are an assignment of nothing. False for bytes that are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, out ConsumerAssignment assignment)
    {
        if (data.IsEmpty)
        {
            assignment = new ConsumerAssignment { Partitions = [] };
            return true;
        }

        var reader = new ConsumerProtocolReader(data);
        var version = reader.Int16();
        assignment = new ConsumerAssignment { Partitions = reader.Partitions(), UserData = reader.Bytes() };
        return version >= 0 && !reader.Failed;
    }

    /// <summary>The bytes of version <paramref name="version"/>, 0 to 3.</summary>
    public ReadOnlyMemory<byte> Write(short version = ConsumerProtocol.Version)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(version, ConsumerProtocol.Version);
        var writer = new ConsumerProtocolWriter();
        writer.Int16(version);
        writer.Partitions(Partitions);
        writer.Bytes(UserData.Span);
        return writer.Written;
    }
}
