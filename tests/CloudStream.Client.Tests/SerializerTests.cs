using System.Buffers;
using System.Text;
using System.Text.Json.Serialization;

namespace CloudStream.Client.Tests;

public sealed class SerializerTests
{
    [Fact]
    public void Text_is_UTF8() => AssertBytes(Serializers.Utf8, Deserializers.Utf8, "ü", 0xc3, 0xbc);

    [Fact]
    public void Empty_is_not_null()
    {
        AssertBytes(Serializers.Utf8, Deserializers.Utf8, "");
        AssertBytes(Serializers.ByteArray, Deserializers.ByteArray, []);
        Assert.Null(Written(Serializers.Utf8, null));
        Assert.Null(Written(Serializers.ByteArray, null));
        Assert.Null(Written(Serializers.NullableMemory, null));
        Assert.Null(Written(Serializers.Null, null));
        Assert.Null(Deserializers.Utf8.Deserialize([], isNull: true));
        Assert.Null(Deserializers.ByteArray.Deserialize([], isNull: true));
        Assert.Null(Deserializers.NullableMemory.Deserialize([], isNull: true));
    }

    [Fact]
    public void Numbers_are_big_endian()
    {
        AssertBytes(Serializers.Int64, Deserializers.Int64, -2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe);
        AssertBytes(Serializers.Int32, Deserializers.Int32, 258, 0, 0, 1, 2);
        Assert.Throws<FormatException>(() => Deserializers.Int32.Deserialize([1, 2, 3], isNull: false));
        Assert.Throws<FormatException>(() => Deserializers.Int64.Deserialize([], isNull: true));
    }

    [Fact]
    public void A_Guid_has_its_bytes_in_the_order_of_its_text() => AssertBytes(
        Serializers.Guid,
        Deserializers.Guid,
        Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
        0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff);

    [Fact]
    public void Json_goes_by_generated_code()
    {
        var serializer = Serializers.Json(PointContext.Default.Point);
        var deserializer = Deserializers.Json(PointContext.Default.Point);

        Assert.Equal("""{"X":1,"Y":2}""", Encoding.UTF8.GetString(Written(serializer, new Point(1, 2))!));
        Assert.Equal(new Point(3, 4), deserializer.Deserialize("""{"X":3,"Y":4}"""u8, isNull: false));
        Assert.Null(Written(serializer, null!));
        Assert.Null(deserializer.Deserialize([], isNull: true));
    }

    [Fact]
    public void Built_in_types_are_found_and_others_are_not()
    {
        Assert.Same(Serializers.Utf8, Serializers.For<string?>());
        Assert.Same(Serializers.Int64, Serializers.For<long>());
        Assert.Same(Serializers.Memory, Serializers.For<ReadOnlyMemory<byte>>());
        Assert.Same(Deserializers.Guid, Deserializers.For<Guid>());
        Assert.Same(Deserializers.NullableMemory, Deserializers.For<ReadOnlyMemory<byte>?>());
        Assert.Same(Deserializers.Null, Deserializers.For<Null?>());
        Assert.Throws<ArgumentException>(Serializers.For<Point>);
        Assert.Throws<ArgumentException>(Deserializers.For<Point>);
    }

    private static void AssertBytes<T>(ISerializer<T> serializer, IDeserializer<T> deserializer, T value, params byte[] bytes)
    {
        Assert.Equal(bytes, Written(serializer, value));
        Assert.Equal(value, deserializer.Deserialize(bytes, isNull: false));
    }

    private static byte[]? Written<T>(ISerializer<T> serializer, T value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        return serializer.Serialize(value, buffer) ? buffer.WrittenSpan.ToArray() : null;
    }
}

internal sealed record Point(int X, int Y);

[JsonSerializable(typeof(Point))]
internal sealed partial class PointContext : JsonSerializerContext;
