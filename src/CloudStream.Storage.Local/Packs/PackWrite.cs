using CloudStream.Storage.Local.Writing;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Local.Packs;

/// <summary>A small object waiting to be appended. Borrows its caller's memory until it ends.</summary>
internal sealed class PackWrite : QueuedWrite<bool>
{
    public PackWrite(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, int dataLength)
    {
        (Name, Content, DataLength) = (name, content, dataLength);
        DataCrc = CheckedContent.CrcOf(content); // On the caller's thread: the appender has better things to do.
    }

    public string Name { get; }

    public IReadOnlyList<ReadOnlyMemory<byte>> Content { get; }

    public int DataLength { get; }

    public uint DataCrc { get; }

    /// <summary>Bytes that the entry takes in a pack.</summary>
    public long EntryBytes => PackLayout.EntryHeaderBytes + Name.Length + (long)DataLength;
}
