using System.Buffers;
using System.Text;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>Headers, classic and flexible, and requests that are not what they should be.</summary>
public sealed class FrameTests
{
    private const string Client = "0006" + "636c69656e74";

    [Fact]
    public void A_classic_header_is_key_version_correlation_and_client()
    {
        var frame = Read("0003" + "0001" + "00000007" + Client + "ffffffff");
        Assert.Equal((RequestOutcome.Parsed, new RequestHeader(3, 1, 7, "client")), (frame.Outcome, frame.Header));
        Assert.Null(Assert.IsType<MetadataRequest>(frame.Request).Topics);
    }

    [Fact]
    public void A_flexible_header_has_tagged_fields_and_still_a_classic_client_string()
    {
        var frame = Read("0003" + "0009" + "00000007" + "ffff" + "01" + "0902abcd" + "00" + "01" + "00" + "00" + "00");
        Assert.Equal((RequestOutcome.Parsed, new RequestHeader(3, 9, 7, null)), (frame.Outcome, frame.Header));
        Assert.Null(Assert.IsType<MetadataRequest>(frame.Request).Topics);
    }

    [Theory]
    [InlineData("0063" + "0000", RequestOutcome.UnknownApi)]
    [InlineData("ffff" + "0000", RequestOutcome.UnknownApi)]
    [InlineData("0003" + "0063", RequestOutcome.UnknownVersion)]
    [InlineData("0000" + "0002", RequestOutcome.UnknownVersion)]
    [InlineData("0003" + "ffff", RequestOutcome.UnknownVersion)]
    public void The_header_is_known_even_of_a_request_that_is_not(string apiAndVersion, object outcome)
    {
        var frame = Read(apiAndVersion + "00000007" + Client + "00");
        Assert.Equal(outcome, frame.Outcome);
        Assert.Equal((7, "client"), (frame.Header.CorrelationId, frame.Header.ClientId));
        Assert.Null(frame.Request);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0003000100000007")]
    [InlineData("000300010000000700ff61")]
    [InlineData("00030001000000070001610000000200016100")]
    public void A_request_that_ends_early_is_malformed_and_says_where(string hex)
    {
        var frame = Read(hex);
        Assert.Equal(RequestOutcome.Malformed, frame.Outcome);
        Assert.Null(frame.Request);
        Assert.NotEqual(WireFailureReason.None, frame.Failure.Reason);
    }

    // As Apache Kafka 4.3 does; asked.
    [Fact]
    public void Bytes_after_the_body_are_passed_over() =>
        Assert.Equal(RequestOutcome.Parsed, Read("0003" + "0001" + "00000007" + Client + "ffffffff" + "6578747261").Outcome);

    [Fact]
    public void The_answer_to_ApiVersions_has_a_classic_header_in_every_version()
    {
        foreach (var version in new short[] { 0, 3, 4 })
            Assert.StartsWith("00000007" + "0023", Answer(new ApiVersionsResponse { ErrorCode = 35 }, version)[8..]);
    }

    [Fact]
    public void The_answer_to_an_unknown_version_of_ApiVersions_is_the_first_version_and_nothing_after_it()
    {
        var response = new ApiVersionsResponse { ErrorCode = 35, ApiKeys = [new() { ApiKey = 18, MinVersion = 0, MaxVersion = 4 }] };
        Assert.Equal("00000010" + "00000007" + "0023" + "00000001" + "0012" + "0000" + "0004", Answer(response, 0));
    }

    [Fact]
    public void A_flexible_answer_has_tagged_fields_in_its_header()
    {
        Assert.Equal("0000000a" + "00000007" + "00000000" + "0019", Answer(new HeartbeatResponse { ErrorCode = 25 }, 3));
        Assert.Equal("0000000c" + "00000007" + "00" + "00000000" + "0019" + "00", Answer(new HeartbeatResponse { ErrorCode = 25 }, 4));
    }

    [Fact]
    public void Produced_records_are_slices_of_the_frame()
    {
        var produce = new ProduceRequest
        {
            Acks = -1,
            TopicData = [new() { Name = "t", PartitionData = [new() { Index = 2, Records = new(Encoding.UTF8.GetBytes("records")) }] }]
        };
        using var writer = new WireWriter();
        RequestFrame.Write(writer, new RequestHeader(0, 9, 7, "client"), produce);
        var bytes = writer.Complete().ToArray();
        var frame = RequestFrame.Read(new ReadOnlySequence<byte>(bytes, 4, bytes.Length - 4));
        var records = Assert.IsType<ProduceRequest>(frame.Request).TopicData[0].PartitionData[0].Records!.Value;
        bytes[bytes.AsSpan().IndexOf("records"u8)] = (byte)'R';
        Assert.Equal("Records", Encoding.UTF8.GetString(records));
    }

    [Fact]
    public void What_a_produce_request_costs_does_not_depend_on_its_records()
    {
        Assert.InRange(ProduceCost(100), 1, 2_000);
        Assert.Equal(ProduceCost(100), ProduceCost(1_000_000));
    }

    private static long ProduceCost(int recordBytes)
    {
        var produce = new ProduceRequest
        {
            Acks = -1,
            TopicData = [new() { Name = "t", PartitionData = [new() { Index = 2, Records = new(new byte[recordBytes]) }] }]
        };
        using var writer = new WireWriter();
        RequestFrame.Write(writer, new RequestHeader(0, 9, 7, "client"), produce);
        var frame = new ReadOnlySequence<byte>(writer.Complete().Slice(4).ToArray());
        RequestFrame.Read(frame);
        var before = GC.GetAllocatedBytesForCurrentThread();
        RequestFrame.Read(frame);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static RequestFrame Read(string hex) => RequestFrame.Read(new ReadOnlySequence<byte>(Convert.FromHexString(hex)));

    private static string Answer(KafkaResponse response, short version)
    {
        using var writer = new WireWriter();
        ResponseFrame.Write(writer, 7, response, version);
        return Convert.ToHexStringLower(writer.Complete().ToArray());
    }
}
