namespace CloudStream.Records.Checksums;

/// <summary>
/// Checksums as polynomials over GF(2), lowest power in the highest bit. A checksum moves over n bytes that follow it by multiplication
/// with x to the power of 8n, modulo the polynomial of CRC-32C.
/// </summary>
internal static class Crc32CPowers
{
    private const uint One = 1u << 31;
    private const int BitsOfByteLog2 = 3;

    // x to the powers 1, 2, 4, 8, …; the multiplicative order of x divides 2^31 - 1, so that 31 of them are all there are.
    private static readonly uint[] s_powers = BuildPowers();

    /// <summary>The checksum moved over so many bytes.</summary>
    public static uint MoveOver(uint crc, int bytes)
    {
        var product = crc;
        for (var bit = 0; bytes >> bit != 0; bit++)
        {
            if (((bytes >> bit) & 1) != 0)
                product = Multiply(s_powers[(bit + BitsOfByteLog2) % s_powers.Length], product);
        }

        return product;
    }

    private static uint Multiply(uint a, uint b)
    {
        var product = 0u;
        for (var bit = One; bit != 0; bit >>= 1)
        {
            if ((a & bit) != 0)
                product ^= b;
            b = (b & 1) != 0 ? (b >> 1) ^ Crc32CTables.ReflectedPolynomial : b >> 1;
        }

        return product;
    }

    private static uint[] BuildPowers()
    {
        var powers = new uint[31];
        powers[0] = One >> 1;
        for (var i = 1; i < powers.Length; i++)
            powers[i] = Multiply(powers[i - 1], powers[i - 1]);
        return powers;
    }
}
