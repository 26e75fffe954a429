namespace CloudStream.Records.Compression;

/// <summary>Compressed bytes that are damaged, cut off, or that decompress to more than the caller accepts. The data is at fault.</summary>
public sealed class CompressedDataException : Exception
{
    public CompressedDataException(string message)
        : base(message)
    {
    }

    public CompressedDataException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The limit was passed: the data may be a decompression bomb.</summary>
    public bool IsTooLarge { get; init; }
}
