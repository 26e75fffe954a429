namespace CloudStream.Records.Tests;

public sealed class VarintTests
{
    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(1, "02")]
    [InlineData(63, "7E")]
    [InlineData(-64, "7F")]
    [InlineData(64, "8001")]
    [InlineData(-65, "8101")]
    [InlineData(8191, "FE7F")]
    [InlineData(8192, "808001")]
    [InlineData(int.MaxValue, "FEFFFFFF0F")]
    [InlineData(int.MinValue, "FFFFFFFF0F")]
    public void Int32_is_zig_zag_and_seven_bits_a_byte(int value, string hex)
    {
        var bytes = new byte[Varint.MaxBytes32];
        var written = Varint.WriteInt32(bytes, value);
        var position = 0;

        Assert.Equal(hex, Convert.ToHexString(bytes.AsSpan(0, written)));
        Assert.Equal(written, Varint.SizeOfInt32(value));
        Assert.True(Varint.TryReadInt32(bytes, ref position, out var read));
        Assert.Equal(value, read);
        Assert.Equal(written, position);
    }

    [Theory]
    [InlineData(0L, "00")]
    [InlineData(-1L, "01")]
    [InlineData(1000L, "D00F")]
    [InlineData(long.MaxValue, "FEFFFFFFFFFFFFFFFF01")]
    [InlineData(long.MinValue, "FFFFFFFFFFFFFFFFFF01")]
    public void Int64_is_zig_zag_and_seven_bits_a_byte(long value, string hex)
    {
        var bytes = new byte[Varint.MaxBytes64];
        var written = Varint.WriteInt64(bytes, value);
        var position = 0;

        Assert.Equal(hex, Convert.ToHexString(bytes.AsSpan(0, written)));
        Assert.Equal(written, Varint.SizeOfInt64(value));
        Assert.True(Varint.TryReadInt64(bytes, ref position, out var read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("FFFFFFFF")]
    [InlineData("FFFFFFFF10")]
    [InlineData("FFFFFFFF7F")]
    [InlineData("FFFFFFFF8F00")]
    [InlineData("808080808000")]
    public void A_cut_off_or_overlong_int32_is_refused_and_the_position_stays(string hex)
    {
        var position = 0;
        Assert.False(Varint.TryReadInt32(Convert.FromHexString(hex), ref position, out _));
        Assert.Equal(0, position);
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFFFF")]
    [InlineData("FFFFFFFFFFFFFFFFFF02")]
    [InlineData("FFFFFFFFFFFFFFFFFF8101")]
    public void A_cut_off_or_overlong_int64_is_refused(string hex)
    {
        var position = 0;
        Assert.False(Varint.TryReadInt64(Convert.FromHexString(hex), ref position, out _));
        Assert.Equal(0, position);
    }

    [Fact]
    public void Padding_within_five_bytes_is_read_as_Kafka_reads_it()
    {
        var position = 0;
        Assert.True(Varint.TryReadInt32([0x82, 0x80, 0x00], ref position, out var value));
        Assert.Equal((1, 3), (value, position));
    }

    [Fact]
    public void A_position_outside_the_data_is_refused()
    {
        var position = 3;
        Assert.False(Varint.TryReadInt32([0, 0, 0], ref position, out _));
        position = -1;
        Assert.False(Varint.TryReadInt64([0, 0, 0], ref position, out _));
    }
}
