using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>Writes what <see cref="ConsumerProtocolReader"/> reads.</summary>
internal sealed class ConsumerProtocolWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Int16(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(_buffer.GetSpan(2), value);
        _buffer.Advance(2);
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
    }

    public void String(string? value)
    {
        if (value is null)
        {
            Int16(-1);
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(value);
        Int16(checked((short)bytes.Length));
        _buffer.Write(bytes);
    }

    /// <summary>Bytes; null where they are empty.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Int32(value.IsEmpty ? -1 : value.Length);
        _buffer.Write(value);
    }

    /// <summary>Partitions, by topic in the order in which topics first appear.</summary>
    public void Partitions(IReadOnlyList<TopicPartition> partitions)
    {
        var topics = partitions.GroupBy(p => p.Topic, StringComparer.Ordinal).ToList();
        Int32(topics.Count);
        foreach (var topic in topics)
        {
            String(topic.Key);
            Int32(topic.Count());
            foreach (var partition in topic)
                Int32(partition.Partition);
        }
    }
}
