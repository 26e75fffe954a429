using System.Text;
using CloudStream.Records.Checksums;

namespace CloudStream.Records.Tests;

public sealed class Crc32CTests
{
    [Fact]
    public void The_check_value_of_the_algorithm_is_right() =>
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));

    // RFC 3720, appendix B.4.
    [Fact]
    public void The_vectors_of_the_iSCSI_standard_are_right()
    {
        var ascending = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        var descending = ascending.Reverse().ToArray();
        var ones = Enumerable.Repeat((byte)0xFF, 32).ToArray();

        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(ones));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(ascending));
        Assert.Equal(0x113FDB5Cu, Crc32C.Compute(descending));
    }

    [Fact]
    public void Nothing_has_checksum_zero() => Assert.Equal(0u, Crc32C.Compute([]));

    [Fact]
    public void Appending_piece_by_piece_equals_computing_at_once()
    {
        var data = Encoding.ASCII.GetBytes("123456789");
        for (var split = 0; split <= data.Length; split++)
            Assert.Equal(0xE3069283u, Crc32C.Append(Crc32C.Compute(data.AsSpan(0, split)), data.AsSpan(split)));
    }

    [Fact]
    public void Two_checksums_give_that_of_both_runs_of_bytes()
    {
        var random = new Random(3);
        var data = new byte[300_000];
        random.NextBytes(data);
        foreach (var length in new[] { 0, 1, 2, 3, 255, 256, 65_535, 131_072, data.Length })
            AssertConcat(data, random.Next(0, data.Length - length + 1), length);
        for (var i = 0; i < 300; i++)
        {
            var split = random.Next(0, data.Length + 1);
            AssertConcat(data, split, random.Next(0, data.Length - split + 1));
        }
    }

    // 2^28 zero bytes are 2^31 bits, where the powers of x begin again.
    [Fact]
    public void A_run_of_hundreds_of_megabytes_may_follow()
    {
        const int Half = 1 << 28;
        var zeros = new byte[1 << 20];
        var (first, crc, following) = (Crc32C.Compute("123456789"u8), Crc32C.Compute("123456789"u8), 0u);
        for (var i = 0; i < Half / zeros.Length; i++)
            (crc, following) = (Crc32C.Append(crc, zeros), Crc32C.Append(following, zeros));

        Assert.Equal(crc, Crc32C.Concat(first, following, Half));
    }

    [Fact]
    public void The_tables_give_the_check_value() =>
        Assert.Equal(0xE3069283u, ~Crc32CTables.Update(~0u, "123456789"u8));

    [Fact]
    public void Hardware_and_tables_agree_on_every_short_length_and_alignment()
    {
        var data = new byte[1700];
        new Random(1).NextBytes(data);
        for (var start = 0; start < 9; start++)
        {
            for (var length = 0; length <= data.Length - start; length += length < 64 ? 1 : 13)
                AssertAgree(data.AsSpan(start, length));
        }
    }

    [Fact]
    public void Hardware_and_tables_agree_on_long_inputs_of_any_length()
    {
        var random = new Random(2);
        var data = new byte[200_000];
        random.NextBytes(data);
        AssertAgree(data.AsSpan(0, 3 * 4096));
        AssertAgree(data.AsSpan(0, 3 * 256));
        for (var i = 0; i < 200; i++)
        {
            var start = random.Next(1000);
            AssertAgree(data.AsSpan(start, random.Next(data.Length - start)));
        }
    }

    private static void AssertAgree(ReadOnlySpan<byte> data) =>
        Assert.Equal(~Crc32CTables.Update(~0u, data), Crc32C.Compute(data));

    private static void AssertConcat(byte[] data, int split, int length)
    {
        var (first, second) = (Crc32C.Compute(data.AsSpan(0, split)), Crc32C.Compute(data.AsSpan(split, length)));
        Assert.Equal(Crc32C.Compute(data.AsSpan(0, split + length)), Crc32C.Concat(first, second, length));
    }
}
