namespace CloudStream.Records;

/// <summary>A name and an optional value that travel with a record. The same key may occur more than once; order is kept.</summary>
/// <param name="key">UTF-8 on the wire.</param>
/// <param name="value">Null is not the same as empty.</param>
public readonly struct RecordHeader(string key, ReadOnlyMemory<byte>? value)
{
    public string Key { get; } = key;

    public ReadOnlyMemory<byte>? Value { get; } = value;
}
