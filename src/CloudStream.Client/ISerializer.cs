using System.Buffers;

namespace CloudStream.Client;

/// <summary>Turns a key or a value into bytes. Must be thread-safe.</summary>
public interface ISerializer<in T>
{
    /// <summary>Writes the bytes of <paramref name="data"/>.</summary>
    /// <returns>False for null (no key, or a tombstone); nothing is written then.</returns>
    bool Serialize(T data, IBufferWriter<byte> destination);
}

/// <summary>Turns bytes into a key or a value. Must be thread-safe.</summary>
public interface IDeserializer<out T>
{
    /// <summary>Reads a value. The span is valid only during the call.</summary>
    /// <param name="data">The bytes; empty where <paramref name="isNull"/>.</param>
    /// <param name="isNull">Null, which is not the same as empty.</param>
    T Deserialize(ReadOnlySpan<byte> data, bool isNull);
}
