using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CloudStream.Client;

/// <summary>The built-in serializers. Numbers and Guids are big-endian, as in Kafka's own serializers.</summary>
public static class Serializers
{
    /// <summary>Bytes as they are.</summary>
    public static ISerializer<byte[]?> ByteArray { get; } = new Of<byte[]?>((data, to) => Write(data, data is null, to));

    /// <summary>Bytes as they are; never null.</summary>
    public static ISerializer<ReadOnlyMemory<byte>> Memory { get; } = new Of<ReadOnlyMemory<byte>>(
        (data, to) => Write(data.Span, false, to));

    /// <summary>Bytes as they are, or null.</summary>
    public static ISerializer<ReadOnlyMemory<byte>?> NullableMemory { get; } =
        new Of<ReadOnlyMemory<byte>?>((data, to) => Write(data.GetValueOrDefault().Span, data is null, to));

    /// <summary>Text in UTF-8, or null.</summary>
    public static ISerializer<string?> Utf8 { get; } = new Of<string?>(WriteText);

    /// <summary>8 bytes, big-endian.</summary>
    public static ISerializer<long> Int64 { get; } = new Of<long>((data, to) =>
    {
        BinaryPrimitives.WriteInt64BigEndian(to.GetSpan(sizeof(long)), data);
        return Advance(to, sizeof(long));
    });

    /// <summary>4 bytes, big-endian.</summary>
    public static ISerializer<int> Int32 { get; } = new Of<int>((data, to) =>
    {
        BinaryPrimitives.WriteInt32BigEndian(to.GetSpan(sizeof(int)), data);
        return Advance(to, sizeof(int));
    });

    /// <summary>16 bytes in the order in which a Guid is written as text (RFC 9562).</summary>
    public static ISerializer<Guid> Guid { get; } = new Of<Guid>((data, to) =>
    {
        data.TryWriteBytes(to.GetSpan(16), bigEndian: true, out var written);
        return Advance(to, written);
    });

    /// <summary>Always null.</summary>
    public static ISerializer<Null?> Null { get; } = new Of<Null?>((_, _) => false);

    /// <summary>JSON by the generated code of a <c>JsonSerializerContext</c>; null is null, not the text "null".</summary>
    public static ISerializer<T> Json<T>(JsonTypeInfo<T> type) => new Of<T>((data, to) =>
    {
        if (data is null)
            return false;
        using var writer = new Utf8JsonWriter(to);
        JsonSerializer.Serialize(writer, data, type);
        return true;
    });

    /// <summary>The built-in serializer of a type.</summary>
    /// <exception cref="ArgumentException">There is none; pass one, for example <see cref="Json{T}"/>.</exception>
    public static ISerializer<T> For<T>() => BuiltIn(typeof(T)) is ISerializer<T> found
        ? found
        : throw new ArgumentException($"There is no built-in serializer for {typeof(T)}; pass one, for example Serializers.Json(...).");

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

    private static bool WriteText(string? text, IBufferWriter<byte> to)
    {
        if (text is null)
            return false;
        var written = Encoding.UTF8.GetBytes(text, to.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length)));
        return Advance(to, written);
    }

    private static bool Write(ReadOnlySpan<byte> data, bool isNull, IBufferWriter<byte> to)
    {
        if (!isNull)
            to.Write(data);
        return !isNull;
    }

    private static bool Advance(IBufferWriter<byte> to, int bytes)
    {
        to.Advance(bytes);
        return true;
    }

    private sealed class Of<T>(Func<T, IBufferWriter<byte>, bool> write) : ISerializer<T>
    {
        public bool Serialize(T data, IBufferWriter<byte> destination) => write(data, destination);
    }
}
