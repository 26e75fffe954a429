using System.Collections;
using CloudStream.Records;

namespace CloudStream.Storage.Objects;

/// <summary>
/// The pieces of an object whose checksum its maker knows from those of its parts, so that a store that wants one need not go through the
/// bytes; and what happens to them on their way into the store does not go unseen.
/// </summary>
/// <param name="pieces">The pieces.</param>
/// <param name="crc">CRC-32C of all their bytes.</param>
public sealed class CheckedContent(IReadOnlyList<ReadOnlyMemory<byte>> pieces, uint crc) : IReadOnlyList<ReadOnlyMemory<byte>>
{
    /// <inheritdoc/>
    public int Count => pieces.Count;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> this[int index] => pieces[index];

    /// <summary>CRC-32C of the content of an object: as its maker says, or computed.</summary>
    public static uint CrcOf(IReadOnlyList<ReadOnlyMemory<byte>> content) => content is CheckedContent known ? known.Crc : Compute(content);

    /// <inheritdoc/>
    public IEnumerator<ReadOnlyMemory<byte>> GetEnumerator() => pieces.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private uint Crc => crc;

    private static uint Compute(IReadOnlyList<ReadOnlyMemory<byte>> content)
    {
        var crc = 0u;
        for (var i = 0; i < content.Count; i++)
            crc = Crc32C.Append(crc, content[i].Span);
        return crc;
    }
}
