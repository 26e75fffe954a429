using System.Buffers.Binary;
using System.Text;
using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>
/// Reads Kafka's classic primitives (big-endian, 2-byte string lengths, 4-byte counts). Once something does not fit, everything after it is
/// empty and <see cref="Failed"/> says so.
/// </summary>
internal ref struct ConsumerProtocolReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    /// <summary>Whether anything did not fit.</summary>
    public bool Failed { get; private set; }

    public short Int16() => Take(2) is { Length: 2 } bytes ? BinaryPrimitives.ReadInt16BigEndian(bytes) : (short)0;

    public int Int32() => Take(4) is { Length: 4 } bytes ? BinaryPrimitives.ReadInt32BigEndian(bytes) : 0;

    /// <summary>A string; null where the length is -1.</summary>
    public string? String() => Int16() is var length and not -1 ? Encoding.UTF8.GetString(Take(length)) : null;

    /// <summary>Bytes; empty where the length is -1.</summary>
    public byte[] Bytes() => Int32() is var length and not -1 ? Take(length).ToArray() : [];

    /// <summary>
    /// How many elements follow, each of at least <paramref name="minBytesEach"/>; checked against what remains. -1 counts as none.
    /// </summary>
    public int Count(int minBytesEach)
    {
        var count = Int32();
        if (count >= -1 && count <= _rest.Length / minBytesEach)
            return Math.Max(0, count);
        Failed = true;
        return 0;
    }

    /// <summary>Topics with partitions.</summary>
    public List<TopicPartition> Partitions()
    {
        var partitions = new List<TopicPartition>();
        for (var topics = Count(6); topics > 0 && !Failed; topics--)
        {
            var topic = String() ?? "";
            for (var count = Count(4); count > 0; count--)
                partitions.Add(new TopicPartition(topic, Int32()));
        }

        return partitions;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (Failed || count < 0 || count > _rest.Length)
        {
            Failed = true;
            return default;
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
