namespace CloudStream.Log.Runtime;

/// <summary>The engine's only source of randomness: seeded, so that a simulated run repeats. Thread-safe.</summary>
public sealed class RandomSource
{
    private readonly Lock _lock = new();
    private readonly Random _random;

    /// <summary>Repeats the same sequence for the same seed.</summary>
    public RandomSource(int seed) => _random = new Random(seed);

    /// <summary>Wraps a source that the caller seeded; it must not be used elsewhere.</summary>
    public RandomSource(Random random) => _random = random;

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        lock (_lock)
            _random.NextBytes(bytes);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>A number from 0 to 1, without 1.</summary>
    public double NextDouble()
    {
        lock (_lock)
            return _random.NextDouble();
    }

    /// <summary>A random version-4 identifier.</summary>
    public Guid NextGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        lock (_lock)
            _random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>A fresh id for a metadata write.</summary>
    public Storage.Metadata.WriteId NextWriteId() => new(NextUInt64(), NextUInt64());
}
