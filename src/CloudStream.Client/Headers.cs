using System.Collections;
using System.Text;
using CloudStream.Records;

namespace CloudStream.Client;

/// <summary>The headers of a message, in order; the same key may occur more than once. Not thread-safe.</summary>
public sealed class Headers : IReadOnlyList<RecordHeader>
{
    private readonly List<RecordHeader> _headers = [];

    /// <summary>How many there are.</summary>
    public int Count => _headers.Count;

    /// <summary>The header at a position.</summary>
    public RecordHeader this[int index] => _headers[index];

    /// <summary>Adds a header; the value is not copied, and null is not the same as empty.</summary>
    public void Add(string key, byte[]? value) =>
        _headers.Add(new RecordHeader(key, value is null ? default(ReadOnlyMemory<byte>?) : value));

    /// <summary>Adds a header whose value is the text in UTF-8.</summary>
    public void Add(string key, string value) => Add(key, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds a header.</summary>
    public void Add(RecordHeader header) => _headers.Add(header);

    /// <summary>The last value under the key; null where there is none or it is null.</summary>
    public ReadOnlyMemory<byte>? GetLast(string key)
    {
        for (var i = _headers.Count - 1; i >= 0; i--)
        {
            if (string.Equals(_headers[i].Key, key, StringComparison.Ordinal))
                return _headers[i].Value;
        }

        return null;
    }

    /// <summary>The last value under the key as UTF-8 text; null where there is none or it is null.</summary>
    public string? GetLastString(string key) => GetLast(key) is { } value ? Encoding.UTF8.GetString(value.Span) : null;

    public IEnumerator<RecordHeader> GetEnumerator() => _headers.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static Headers CopyOf(in RecordHeaders source)
    {
        var copy = new Headers();
        foreach (var header in source)
            copy.Add(header.Key, header.Value?.ToArray());
        return copy;
    }
}
