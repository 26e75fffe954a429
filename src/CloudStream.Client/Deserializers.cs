using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CloudStream.Client;

/// <summary>The built-in deserializers; each reads what the serializer of the same name writes.</summary>
public static class Deserializers
{
    private delegate T Reading<out T>(ReadOnlySpan<byte> data, bool isNull);

    /// <summary>A copy of the bytes, or null.</summary>
    public static IDeserializer<byte[]?> ByteArray { get; } = new Of<byte[]?>((data, isNull) => isNull ? null : data.ToArray());

    /// <summary>A copy of the bytes; null is empty.</summary>
    public static IDeserializer<ReadOnlyMemory<byte>> Memory { get; } = new Of<ReadOnlyMemory<byte>>((data, _) => data.ToArray());

    /// <summary>A copy of the bytes, or null.</summary>
    public static IDeserializer<ReadOnlyMemory<byte>?> NullableMemory { get; } =
        new Of<ReadOnlyMemory<byte>?>((data, isNull) => isNull ? default(ReadOnlyMemory<byte>?) : data.ToArray());

    /// <summary>Text in UTF-8, or null.</summary>
    public static IDeserializer<string?> Utf8 { get; } = new Of<string?>((data, isNull) => isNull ? null : Encoding.UTF8.GetString(data));

    /// <summary>8 bytes, big-endian.</summary>
    public static IDeserializer<long> Int64 { get; } =
        new Of<long>((data, isNull) => BinaryPrimitives.ReadInt64BigEndian(Exactly(sizeof(long), data, isNull)));

    /// <summary>4 bytes, big-endian.</summary>
    public static IDeserializer<int> Int32 { get; } =
        new Of<int>((data, isNull) => BinaryPrimitives.ReadInt32BigEndian(Exactly(sizeof(int), data, isNull)));

    /// <summary>16 bytes in the order in which a Guid is written as text.</summary>
    public static IDeserializer<Guid> Guid { get; } = new Of<Guid>((data, isNull) => new Guid(Exactly(16, data, isNull), bigEndian: true));

    /// <summary>Null, whatever the bytes are.</summary>
    public static IDeserializer<Null?> Null { get; } = new Of<Null?>((_, _) => null);

    /// <summary>JSON by the generated code of a <c>JsonSerializerContext</c>; null is the type's default.</summary>
    public static IDeserializer<T> Json<T>(JsonTypeInfo<T> type) =>
        new Of<T>((data, isNull) => isNull ? default! : JsonSerializer.Deserialize(data, type)!);

    /// <summary>The built-in deserializer of a type.</summary>
    /// <exception cref="ArgumentException">There is none; pass one, for example <see cref="Json{T}"/>.</exception>
    public static IDeserializer<T> For<T>() => BuiltIn(typeof(T)) is IDeserializer<T> found
        ? found
        : throw new ArgumentException($"There is no built-in deserializer for {typeof(T)}; pass one, for example Deserializers.Json(...).");

    private static object? BuiltIn(Type type)
    {
        if (type == typeof(string))
            return Utf8;
        if (type == typeof(byte[]))
            return ByteArray;
        if (type == typeof(ReadOnlyMemory<byte>))
            return Memory;
        if (type == typeof(ReadOnlyMemory<byte>?))
            return NullableMemory;
        if (type == typeof(long))
            return Int64;
        if (type == typeof(int))
            return Int32;
        if (type == typeof(Guid))
            return Guid;
        return type == typeof(Null) ? Null : null;
    }

    private static ReadOnlySpan<byte> Exactly(int bytes, ReadOnlySpan<byte> data, bool isNull) => !isNull && data.Length == bytes
        ? data
        : throw new FormatException($"Expected {bytes} bytes, found {(isNull ? "null" : $"{data.Length}")}.");

    private sealed class Of<T>(Reading<T> read) : IDeserializer<T>
    {
        public T Deserialize(ReadOnlySpan<byte> data, bool isNull) => read(data, isNull);
    }
}
