using System.Buffers;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>What the reader accepts, what it refuses, and how much room it makes before it knows.</summary>
public sealed class WireReaderTests
{
    [Theory]
    [InlineData("00", 0)]
    [InlineData("7f", 127)]
    [InlineData("8001", 128)]
    [InlineData("ffffffff0f", uint.MaxValue)]
    public void A_varint_is_seven_bits_to_a_byte(string hex, uint value)
    {
        var reader = Reader(hex);
        Assert.Equal(value, reader.ReadUnsignedVarint("F"));
        Assert.False(reader.HasFailed);
        Assert.Equal(0, reader.Remaining);
    }

    [Theory]
    [InlineData("ffffffff10")]
    [InlineData("808080808001")]
    public void A_varint_beyond_32_bits_is_refused(string hex)
    {
        var reader = Reader(hex);
        reader.ReadUnsignedVarint("F");
        Assert.Equal(WireFailureReason.BadVarint, reader.Failure.Reason);
    }

    [Fact]
    public void The_first_failure_stays_and_everything_after_it_reads_as_nothing()
    {
        var reader = Reader("0001" + "0005" + "6162");
        Assert.Equal(1, reader.ReadInt16("A"));
        Assert.Equal("", reader.ReadString(flexible: false, "B"));
        Assert.Equal(0, reader.ReadInt64("C"));
        Assert.Null(reader.ReadNullableString(flexible: false, "D"));
        Assert.Equal(0, reader.ReadCount(flexible: true, nullable: true, 1, "E"));
        Assert.Equal(new WireFailure("B", 4, WireFailureReason.TooLong, 5, 2), reader.Failure);
        Assert.Equal("B at byte 4: TooLong, found 5, limit 2", reader.Failure.ToString());
        Assert.Equal(0, reader.Remaining);
    }

    [Theory]
    [InlineData(false, "ffff")]
    [InlineData(true, "00")]
    public void Null_is_read_where_it_is_allowed_and_refused_where_not(bool flexible, string hex)
    {
        var allowed = Reader(hex);
        Assert.Null(allowed.ReadNullableString(flexible, "F"));
        Assert.False(allowed.HasFailed);
        var refused = Reader(hex);
        refused.ReadString(flexible, "F");
        Assert.Equal(WireFailureReason.Null, refused.Failure.Reason);
    }

    [Fact]
    public void A_compact_string_beyond_32767_bytes_is_refused_though_the_bytes_are_there()
    {
        var reader = new WireReader(new ReadOnlySequence<byte>([0x81, 0x80, 0x02, .. new byte[40_000]]));
        reader.ReadString(flexible: true, "F");
        Assert.Equal((WireFailureReason.TooLong, 32_768, 32_767), (reader.Failure.Reason, reader.Failure.Value, reader.Failure.Limit));
    }

    [Fact]
    public void A_count_is_compared_with_the_bytes_that_the_elements_need_at_least()
    {
        var enough = Reader("00000002" + new string('0', 2 * 8));
        Assert.Equal(2, enough.ReadCount(flexible: false, nullable: false, least: 4, "F"));
        var less = Reader("00000003" + new string('0', 2 * 8));
        Assert.Equal(0, less.ReadCount(flexible: false, nullable: false, least: 4, "F"));
        Assert.Equal(new WireFailure("F", 4, WireFailureReason.TooLong, 3, 2), less.Failure);
    }

    [Fact]
    public void A_message_has_at_most_a_million_elements()
    {
        byte[] hostile = [.. Convert.FromHexString("ffffffff"), 0x00, 0x1e, 0x84, 0x80, .. new byte[4 * 2_000_000], 0, 0, 0, 0];
        var reader = new WireReader(new ReadOnlySequence<byte>(hostile, 4, hostile.Length - 4));
        Assert.Equal(0, reader.ReadCount(flexible: false, nullable: false, least: 4, "F"));
        Assert.Equal(WireReader.MaxElements, reader.Failure.Limit);
    }

    [Theory]
    [InlineData("7fffffff")]
    [InlineData("00ffffff")]
    public void A_count_that_the_frame_cannot_hold_makes_no_room(string count)
    {
        var metadata = new WireCase(KafkaApis.Get(ApiKey.Metadata), true, 1, count + "0001");
        var before = GC.GetAllocatedBytesForCurrentThread();
        metadata.Read(new ReadOnlySequence<byte>(metadata.Bytes), out var failure, out _);
        Assert.Equal(("MetadataRequest.Topics", WireFailureReason.TooLong), (failure.Field, failure.Reason));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4096);
    }

    [Fact]
    public void An_id_has_its_digits_in_the_order_in_which_Java_writes_them()
    {
        var reader = Reader("00112233445566778899aabbccddeeff");
        Assert.Equal(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), reader.ReadUuid("F"));
    }

    [Fact]
    public void Tagged_fields_that_nobody_knows_are_passed_over_in_any_order()
    {
        // Heartbeat 4: group "g", generation 1, member "m", no instance id, then tags 7 and 5.
        var request = (HeartbeatRequest)new WireCase(
            KafkaApis.Get(ApiKey.Heartbeat), true, 4, "0267" + "00000001" + "026d" + "00" + "02" + "0701aa" + "0502bbcc").Read();
        Assert.Equal(("g", 1, "m", null), (request.GroupId, request.GenerationId, request.MemberId, request.GroupInstanceId));
    }

    [Fact]
    public void A_tagged_field_must_take_the_bytes_that_it_announces()
    {
        // ApiVersions response 3: no error, no keys, no throttling, then finalized features epoch (tag 1), 8 bytes, announced as 9.
        var response = new WireCase(KafkaApis.Get(ApiKey.ApiVersions), false, 3,
            "0000" + "01" + "00000000" + "01" + "0109" + "000000000000000500");
        response.Read(new ReadOnlySequence<byte>(response.Bytes), out var failure, out _);
        Assert.Equal(("ApiVersionsResponse.FinalizedFeaturesEpoch", WireFailureReason.BadTagSize), (failure.Field, failure.Reason));
    }

    private static WireReader Reader(string hex) => new(new ReadOnlySequence<byte>(Convert.FromHexString(hex)));
}
