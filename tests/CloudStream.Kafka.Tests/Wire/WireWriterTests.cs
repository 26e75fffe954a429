using System.Buffers;
using System.Runtime.InteropServices;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>Pieces, references, frames, and what a caller must not do.</summary>
public sealed class WireWriterTests
{
    [Fact]
    public void Records_are_sent_from_where_they_lie()
    {
        byte[] first = [1, 2, 3];
        byte[] second = [4, 5];
        using var writer = new WireWriter();
        Fetch(first, second).Write(writer, 11);
        var pieces = Pieces(writer.Complete());
        Assert.Contains(pieces, p => ReferenceEquals(p.Array, first) && p.Count == 3);
        Assert.Contains(pieces, p => ReferenceEquals(p.Array, second) && p.Count == 2);
        var read = (FetchResponse)new WireCase(
            KafkaApis.Get(ApiKey.Fetch), false, 11, Convert.ToHexStringLower(writer.Complete().ToArray())).Read();
        Assert.Equal([1, 2, 3, 4, 5], read.Responses[0].Partitions[0].Records!.SelectMany(r => r.ToArray()));
    }

    [Fact]
    public void A_frame_knows_its_size_though_it_spans_chunks_and_references()
    {
        using var writer = new WireWriter();
        ResponseFrame.Write(writer, 5, Fetch(new byte[10_000]), 11);
        var response = new MetadataResponse();
        for (var i = 0; i < 2_000; i++)
            response.Brokers.Add(new() { NodeId = i, Host = "host" });
        ResponseFrame.Write(writer, 6, response, 1);
        var bytes = writer.Complete().ToArray();
        var first = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes);
        var second = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 + first));
        Assert.Equal(bytes.Length, 4 + first + 4 + second);
        Assert.Equal(writer.Length, bytes.Length);
        Assert.Equal((5, 6), (bytes[7], bytes[4 + first + 7]));
    }

    [Fact]
    public void What_was_written_is_gone_after_a_reset_and_the_chunk_is_written_again()
    {
        using var writer = new WireWriter();
        for (var i = 0; i < 3_000; i++)
            writer.WriteInt64(i);
        writer.AppendReference(new byte[] { 1 });
        writer.Reset();
        Assert.True(writer.Complete().IsEmpty);
        writer.WriteInt16(0x0102);
        Assert.Equal([1, 2], writer.Complete().ToArray());
        var before = GC.GetAllocatedBytesForCurrentThread();
        writer.Reset();
        writer.WriteInt64(7);
        writer.Complete();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_writer_that_is_used_again_allocates_nothing_for_a_fetch_response()
    {
        using var writer = new WireWriter();
        var response = Fetch(new byte[100], new byte[100_000]);
        ResponseFrame.Write(writer, 1, response, 12);
        writer.Complete();
        writer.Reset();
        var before = GC.GetAllocatedBytesForCurrentThread();
        ResponseFrame.Write(writer, 2, response, 12);
        Assert.True(writer.Complete().Length > 100_100);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void What_may_be_dropped_is_left_out_of_versions_that_lack_it()
    {
        var response = new FetchResponse
        {
            ErrorCode = 3,
            Responses = [new() { Topic = "t", TopicId = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff") }]
        };
        Assert.Equal("00000000" + "00000001" + "000174" + "00000000", WireCase.Write(response, 4));
    }

    [Fact]
    public void What_may_not_be_dropped_is_refused()
    {
        var response = new FetchResponse { SessionId = 4 };
        Assert.Equal("FetchResponse.SessionId has a value, and version 4 does not have the field.",
            Assert.Throws<InvalidOperationException>(() => WireCase.Write(response, 4)).Message);
        Assert.Equal("00000000" + "0000" + "00000004" + "00000000", WireCase.Write(response, 7));
    }

    [Fact]
    public void Null_is_refused_where_the_version_has_no_null()
    {
        var request = new MetadataRequest { Topics = null };
        Assert.Equal("ffffffff", WireCase.Write(request, 1));
        Assert.Equal("MetadataRequest.Topics is null, and the version does not allow it.",
            Assert.Throws<InvalidOperationException>(() => WireCase.Write(request, 0)).Message);
    }

    private static FetchResponse Fetch(params byte[][] records) =>
        new() { Responses = [new() { Topic = "t", Partitions = [new() { Records = [.. records.Select(r => (ReadOnlyMemory<byte>)r)] }] }] };

    private static List<ArraySegment<byte>> Pieces(ReadOnlySequence<byte> bytes)
    {
        var pieces = new List<ArraySegment<byte>>();
        foreach (var piece in bytes)
        {
            Assert.True(MemoryMarshal.TryGetArray(piece, out var array));
            pieces.Add(array);
        }

        return pieces;
    }
}
