using System.Buffers.Binary;

namespace CloudStream.Cluster.Registers;

/// <summary>A 64-bit hash that is the same on every machine and in every version: brokers must agree on it. Not for adversaries.</summary>
internal static class StableHash
{
    private const ulong Offset = 14695981039346656037, Prime = 1099511628211;

    /// <summary>FNV-1a over the bytes, then mixed, because FNV's own high bits change little on short input.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = Offset;
        foreach (var b in bytes)
            hash = (hash ^ b) * Prime;
        return Mix(hash);
    }

    /// <summary>Of two numbers.</summary>
    public static ulong Of(int first, int second) => Mix(((ulong)(uint)first << 32) | (uint)second);

    /// <summary>Of a hash and a number.</summary>
    public static ulong Of(ulong hash, int number) => Mix(hash ^ (uint)number);

    /// <summary>Of a topic's or another id and a number.</summary>
    public static ulong Of(Guid id, int number)
    {
        Span<byte> bytes = stackalloc byte[20];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], number);
        return Of(bytes);
    }

    // Finalizer of splitmix64: every input bit reaches every output bit.
    private static ulong Mix(ulong value)
    {
        value += 0x9e3779b97f4a7c15;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
