using System.Runtime.Intrinsics.X86;
using CloudStream.Records.Checksums;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace CloudStream.Records;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of Kafka record batches and of our own formats.
/// Uses the processor's instruction where there is one (x64 SSE4.2, Arm64 CRC32) and tables elsewhere. Thread-safe, allocates nothing.
/// System.IO.Hashing has this checksum, too, but cannot go on from a finished one (<see cref="Append"/>) without an object for it, and puts
/// none together from two (<see cref="Concat"/>), which is what keeps bytes from being read twice.
/// </summary>
public static class Crc32C
{
    /// <summary>The checksum of <paramref name="data"/>; 0 for no bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>
    /// The checksum of everything that <paramref name="crc"/> covers followed by <paramref name="data"/>:
    /// <c>Append(Compute(a), b) == Compute(a + b)</c>.
    /// </summary>
    /// <param name="crc">A finished checksum, or 0 to begin.</param>
    /// <param name="data">The bytes that follow.</param>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        if (Sse42.X64.IsSupported)
            return ~Crc32CHardware.Update<X64Crc32CInstruction>(~crc, data);
        if (ArmCrc32.Arm64.IsSupported)
            return ~Crc32CHardware.Update<Arm64Crc32CInstruction>(~crc, data);
        return ~Crc32CTables.Update(~crc, data);
    }

    /// <summary>
    /// The checksum of two runs of bytes one behind the other, from their checksums alone: <c>Concat(Compute(a), Compute(b), b.Length) ==
    /// Compute(a + b)</c>. Costs as much as going through some thousand bytes.
    /// </summary>
    /// <param name="first">The checksum of what comes first.</param>
    /// <param name="second">The checksum of what follows.</param>
    /// <param name="secondLength">How many bytes follow.</param>
    public static uint Concat(uint first, uint second, int secondLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(secondLength);
        return Crc32CPowers.MoveOver(first, secondLength) ^ second;
    }
}
