using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CloudStream.Records;

namespace CloudStream.Architecture.Tests.Tracing;

/// <summary>
/// One connection of a Kafka client that produces and fetches, with frames made by hand: what the product has for that is not entered by
/// it.
/// </summary>
internal sealed class KafkaRequests(IPEndPoint broker, string topic) : IDisposable
{
    private const short Produce = 0, Fetch = 1, Version = 12;

    private readonly TcpClient _client = new(broker.Address.ToString(), broker.Port);

    /// <summary>Produces one record with acks=all; its offset.</summary>
    public async Task<long> ProduceAsync()
    {
        using var builder = new RecordBatchBuilder();
        // Of now: what is older than retention allows may be gone before it is fetched.
        builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), "key"u8, "value"u8);
        byte[] batch = builder.Build().ToArray();
        byte[] answer = await AskAsync(Produce, body =>
        {
            body.Add(0);                                       // no transactional id
            Int16(body, -1);                                   // acks
            Int32(body, 30_000);                               // timeout
            Array(body, 1);                                    // topics
            Text(body, topic);
            Array(body, 1);                                    // partitions
            Int32(body, 0);
            Length(body, batch.Length + 1);
            body.AddRange(batch);
            body.AddRange([0, 0, 0]);                          // no tagged fields
        });
        int at = AfterTopic(answer, 0) + 4;
        Assert.Equal(0, BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(at)));
        return BinaryPrimitives.ReadInt64BigEndian(answer.AsSpan(at + 2));
    }

    /// <summary>Fetches from an offset on; the bytes of the answer.</summary>
    public async Task<int> FetchAsync(long offset)
    {
        byte[] answer = await AskAsync(Fetch, body =>
        {
            Int32(body, -1);                                   // replica
            Int32(body, 30_000);                               // longest wait
            Int32(body, 1);                                    // least bytes
            Int32(body, 1024 * 1024);                          // most bytes
            body.Add(0);                                       // isolation level
            Int32(body, 0);                                    // no session
            Int32(body, -1);
            Array(body, 1);                                    // topics
            Text(body, topic);
            Array(body, 1);                                    // partitions
            Int32(body, 0);
            Int32(body, -1);                                   // leader epoch
            Int64(body, offset);
            Int32(body, -1);                                   // last fetched epoch
            Int64(body, -1);                                   // log start offset
            Int32(body, 1024 * 1024);
            body.AddRange([0, 0]);                             // no tagged fields
            Array(body, 0);                                    // forgotten topics
            Text(body, "");                                    // rack
            body.Add(0);
        });
        int at = AfterTopic(answer, 10) + 4;
        Assert.True(BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(at)) == 0, $"offset {offset} is not fetched");
        return answer.Length;
    }

    public void Dispose() => _client.Dispose();

    // Behind the tagged fields of the header there is something, then one topic with its name and one partition.
    private int AfterTopic(byte[] answer, int before) => 4 + 1 + before + 1 + 1 + Encoding.UTF8.GetByteCount(topic) + 1;

    private async Task<byte[]> AskAsync(short api, Action<List<byte>> write)
    {
        List<byte> frame = [];
        Int16(frame, api);
        Int16(frame, Version);
        Int32(frame, 1);                                       // correlation id
        Int16(frame, -1);                                      // no client id
        frame.Add(0);                                          // no tagged fields
        write(frame);
        byte[] size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, frame.Count);
        NetworkStream stream = _client.GetStream();
        await stream.WriteAsync((byte[])[.. size, .. frame]);
        await stream.ReadExactlyAsync(size);
        byte[] answer = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        await stream.ReadExactlyAsync(answer);
        return answer;
    }

    private static void Int16(List<byte> to, short value) => to.AddRange([(byte)(value >> 8), (byte)value]);

    private static void Int32(List<byte> to, int value)
    {
        Int16(to, (short)(value >> 16));
        Int16(to, (short)value);
    }

    private static void Int64(List<byte> to, long value)
    {
        Int32(to, (int)(value >> 32));
        Int32(to, (int)value);
    }

    private static void Array(List<byte> to, int count) => Length(to, count + 1);

    private static void Text(List<byte> to, string text)
    {
        Length(to, Encoding.UTF8.GetByteCount(text) + 1);
        to.AddRange(Encoding.UTF8.GetBytes(text));
    }

    private static void Length(List<byte> to, int value)
    {
        for (; value > 0x7F; value >>= 7)
            to.Add((byte)(value | 0x80));
        to.Add((byte)value);
    }
}
