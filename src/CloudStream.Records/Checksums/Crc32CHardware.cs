using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace CloudStream.Records.Checksums;

/// <summary>One processor's CRC-32C instruction, over a byte and over eight.</summary>
internal interface ICrc32CInstruction
{
    static abstract uint Step(uint register, byte data);

    static abstract uint Step(uint register, ulong data);
}

internal readonly struct X64Crc32CInstruction : ICrc32CInstruction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Step(uint register, byte data) => Sse42.Crc32(register, data);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Step(uint register, ulong data) => (uint)Sse42.X64.Crc32(register, data);
}

internal readonly struct Arm64Crc32CInstruction : ICrc32CInstruction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Step(uint register, byte data) => ArmCrc32.ComputeCrc32C(register, data);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Step(uint register, ulong data) => ArmCrc32.Arm64.ComputeCrc32C(register, data);
}

/// <summary>
/// The CRC-32C register advanced with the processor's instruction. The instruction takes three cycles but can start every cycle, so long
/// inputs run as three lanes side by side; the lanes are then joined by moving a register over the zero bytes that a later lane stands for
/// (a linear map, kept as four tables of 256).
/// </summary>
internal static class Crc32CHardware
{
    // Long lanes pay for the joining once in 12 KiB; short ones serve what is left, from 768 bytes on.
    private const int LongLaneBytes = 4096;
    private const int ShortLaneBytes = 256;

    private static readonly uint[] LongLaneShift = BuildShift(LongLaneBytes);
    private static readonly uint[] ShortLaneShift = BuildShift(ShortLaneBytes);

    /// <summary>Advances the raw register (not inverted) over the data.</summary>
    public static uint Update<TInstruction>(uint register, ReadOnlySpan<byte> data)
        where TInstruction : struct, ICrc32CInstruction
    {
        while (data.Length >= 3 * LongLaneBytes)
        {
            register = ThreeLanes<TInstruction>(register, data, LongLaneBytes, LongLaneShift);
            data = data[(3 * LongLaneBytes)..];
        }

        while (data.Length >= 3 * ShortLaneBytes)
        {
            register = ThreeLanes<TInstruction>(register, data, ShortLaneBytes, ShortLaneShift);
            data = data[(3 * ShortLaneBytes)..];
        }

        return OneLane<TInstruction>(register, data);
    }

    private static uint OneLane<TInstruction>(uint register, ReadOnlySpan<byte> data)
        where TInstruction : struct, ICrc32CInstruction
    {
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (var word in words)
            register = TInstruction.Step(register, word);
        foreach (var b in data[(words.Length * sizeof(ulong))..])
            register = TInstruction.Step(register, b);
        return register;
    }

    private static uint ThreeLanes<TInstruction>(uint first, ReadOnlySpan<byte> data, int laneBytes, uint[] shift)
        where TInstruction : struct, ICrc32CInstruction
    {
        var a = MemoryMarshal.Cast<byte, ulong>(data[..laneBytes]);
        var b = MemoryMarshal.Cast<byte, ulong>(data.Slice(laneBytes, laneBytes))[..a.Length];
        var c = MemoryMarshal.Cast<byte, ulong>(data.Slice(2 * laneBytes, laneBytes))[..a.Length];
        uint second = 0, third = 0;
        for (var i = 0; i < a.Length; i++)
        {
            first = TInstruction.Step(first, a[i]);
            second = TInstruction.Step(second, b[i]);
            third = TInstruction.Step(third, c[i]);
        }

        return Shift(shift, Shift(shift, first) ^ second) ^ third;
    }

    private static uint Shift(uint[] table, uint register) =>
        table[register & 0xFF] ^ table[256 + ((register >> 8) & 0xFF)] ^ table[512 + ((register >> 16) & 0xFF)] ^ table[768
            + (register >> 24)];

    private static uint[] BuildShift(int zeroBytes)
    {
        var zeros = new byte[zeroBytes];
        Span<uint> bits = stackalloc uint[32];
        for (var bit = 0; bit < 32; bit++)
            bits[bit] = Crc32CTables.Update(1u << bit, zeros);

        var table = new uint[4 * 256];
        for (var position = 0; position < 4; position++)
        {
            for (var value = 0; value < 256; value++)
            {
                for (var bit = 0; bit < 8; bit++)
                    table[(position * 256) + value] ^= ((value >> bit) & 1) != 0 ? bits[(position * 8) + bit] : 0;
            }
        }

        return table;
    }
}
