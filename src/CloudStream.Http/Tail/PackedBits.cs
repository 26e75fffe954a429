namespace CloudStream.Http.Tail;

/// <summary>Numbers of any width side by side, the lowest bit of the first one first.</summary>
internal static class PackedBits
{
    /// <summary>Bytes that hold <paramref name="count"/> numbers of <paramref name="bits"/> bits.</summary>
    public static int Bytes(int count, int bits) => (int)(((long)count * bits + 7) / 8);

    /// <summary>Puts a number's lowest bits at a bit position into zeroed bytes.</summary>
    public static void Put(Span<byte> bytes, long at, int bits, long value)
    {
        while (bits > 0)
        {
            var (shift, index) = ((int)(at & 7), (int)(at >> 3));
            var taken = Math.Min(8 - shift, bits);
            bytes[index] |= (byte)((value & ((1L << taken) - 1)) << shift);
            (value, at, bits) = (value >> taken, at + taken, bits - taken);
        }
    }

    /// <summary>The number at a bit position.</summary>
    public static long Get(ReadOnlySpan<byte> bytes, long at, int bits)
    {
        var (value, have) = (0L, 0);
        while (have < bits)
        {
            var (shift, index) = ((int)(at & 7), (int)(at >> 3));
            var taken = Math.Min(8 - shift, bits - have);
            value |= ((bytes[index] >> shift) & ((1L << taken) - 1)) << have;
            (have, at) = (have + taken, at + taken);
        }

        return value;
    }
}
