namespace CloudStream.Storage.Local.Packs;

/// <summary>
/// One object in a pack, as the index knows it. <see cref="IsDead"/> and <see cref="Duplicate"/> change under the index's lock only.
/// </summary>
internal sealed class PackEntry(Pack pack, int ordinal, string name, long start, int dataLength, uint dataCrc)
{
    public Pack Pack { get; } = pack;

    /// <summary>Its place in the pack; its state byte has the same place in the state table.</summary>
    public int Ordinal { get; } = ordinal;

    public string Name { get; } = name;

    /// <summary>Where its header begins.</summary>
    public long Start { get; } = start;

    public int DataLength { get; } = dataLength;

    public uint DataCrc { get; } = dataCrc;

    public long DataPosition => Start + PackLayout.EntryHeaderBytes + Name.Length;

    /// <summary>Where the next entry begins.</summary>
    public long End => DataPosition + DataLength;

    public bool IsDead { get; set; }

    /// <summary>An entry of the same name and bytes: a put whose first attempt had an unknown outcome was repeated.</summary>
    public PackEntry? Duplicate { get; set; }
}
