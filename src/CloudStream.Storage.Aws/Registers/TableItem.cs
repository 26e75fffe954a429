using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Amazon.DynamoDBv2.Model;
using CloudStream.Storage.Metadata;

namespace CloudStream.Storage.Aws.Registers;

/// <summary>A register as an item: its version, the id of the last write and the value. A tombstone has the version alone.</summary>
internal static class TableItem
{
    /// <summary>Attribute: the version, a number.</summary>
    public const string Version = "n";

    /// <summary>Attribute: the write id, 16 bytes, big-endian.</summary>
    public const string Write = "w";

    /// <summary>Attribute: the value, bytes.</summary>
    public const string Value = "v";

    /// <summary>An item that holds a value.</summary>
    public static Dictionary<string, AttributeValue> Of(string key, ReadOnlyMemory<byte> value, long version, WriteId writeId)
    {
        var id = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(id, writeId.High);
        BinaryPrimitives.WriteUInt64BigEndian(id.AsSpan(8), writeId.Low);
        var item = TableKey.Of(key);
        item[Version] = Number(version);
        item[Write] = new AttributeValue { B = new MemoryStream(id, writable: false) };
        item[Value] = new AttributeValue { B = Stream(value) };
        return item;
    }

    /// <summary>A number.</summary>
    public static AttributeValue Number(long value) => new() { N = value.ToString(CultureInfo.InvariantCulture) };

    /// <summary>How far the key's history has come.</summary>
    public static RegisterVersion VersionOf(Dictionary<string, AttributeValue> item) =>
        new(NumberOf(item), item.ContainsKey(Write));

    /// <summary>The register; null for a tombstone.</summary>
    /// <exception cref="StoreException">Corrupt: the item is none of ours.</exception>
    public static Register? Read(Dictionary<string, AttributeValue> item)
    {
        var key = TableKey.KeyOf(item);
        if (!item.TryGetValue(Value, out var value))
            return null;
        if (value.B is not { } bytes || !item.TryGetValue(Write, out var write) || write.B is not { Length: 16 } id)
            throw new StoreException(StoreErrorKind.Corrupt, $"the item of register {key} has no value or no write id");
        var writeId = id.ToArray();
        return new Register(key, bytes.ToArray(), NumberOf(item), new WriteId(
            BinaryPrimitives.ReadUInt64BigEndian(writeId), BinaryPrimitives.ReadUInt64BigEndian(writeId.AsSpan(8))));
    }

    private static long NumberOf(Dictionary<string, AttributeValue> item) =>
        item.TryGetValue(Version, out var version)
            && long.TryParse(version.N, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new StoreException(StoreErrorKind.Corrupt, $"the item of register {TableKey.KeyOf(item)} has no version");

    private static MemoryStream Stream(ReadOnlyMemory<byte> value) =>
        MemoryMarshal.TryGetArray(value, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(value.ToArray(), writable: false);
}
