namespace CloudStream.Storage.Segments;

/// <summary>Where a segment object's directory lies, for entries that do not carry it inline.</summary>
/// <param name="Position">Where it begins in the object.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Crc">CRC-32C of its bytes.</param>
public readonly record struct DirectoryPointer(long Position, int Length, uint Crc);
