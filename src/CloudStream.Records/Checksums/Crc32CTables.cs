using System.Buffers.Binary;

namespace CloudStream.Records.Checksums;

/// <summary>
/// The CRC-32C register advanced with eight tables, eight bytes a step: the fallback, and the check on the hardware path.
/// </summary>
internal static class Crc32CTables
{
    public const uint ReflectedPolynomial = 0x82F63B78;

    private static readonly uint[][] Tables = BuildTables();

    /// <summary>Advances the raw register (not inverted) over the data.</summary>
    public static uint Update(uint register, ReadOnlySpan<byte> data)
    {
        var tables = Tables;
        while (data.Length >= 8)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ register;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            register = tables[7][low & 0xFF] ^ tables[6][(low >> 8) & 0xFF] ^ tables[5][(low >> 16) & 0xFF] ^ tables[4][low >> 24]
                ^ tables[3][high & 0xFF] ^ tables[2][(high >> 8) & 0xFF] ^ tables[1][(high >> 16) & 0xFF] ^ tables[0][high >> 24];
            data = data[8..];
        }

        foreach (var b in data)
            register = tables[0][(register ^ b) & 0xFF] ^ (register >> 8);
        return register;
    }

    // tables[k][b] is the register after byte b and then k zero bytes.
    private static uint[][] BuildTables()
    {
        var tables = new uint[8][];
        tables[0] = new uint[256];
        for (uint b = 0; b < 256; b++)
        {
            var register = b;
            for (var bit = 0; bit < 8; bit++)
                register = (register >> 1) ^ ((register & 1) * ReflectedPolynomial);
            tables[0][b] = register;
        }

        for (var k = 1; k < 8; k++)
        {
            tables[k] = new uint[256];
            for (var b = 0; b < 256; b++)
                tables[k][b] = tables[0][tables[k - 1][b] & 0xFF] ^ (tables[k - 1][b] >> 8);
        }

        return tables;
    }
}
