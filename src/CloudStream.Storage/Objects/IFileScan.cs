namespace CloudStream.Storage.Objects;

/// <summary>Looks at bytes as they come from a file.</summary>
public interface IFileScan
{
    /// <summary>Takes the next bytes, which are gone afterwards.</summary>
    /// <returns>Whether it wants more.</returns>
    bool Add(ReadOnlySpan<byte> bytes);
}
