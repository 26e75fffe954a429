namespace CloudStream.Records.Compression;

/// <summary>
/// A codec's system library is not installed. Nothing is wrong with the data; the message says how to install the library.
/// </summary>
public sealed class MissingCodecLibraryException : Exception
{
    public MissingCodecLibraryException(CompressionType type, string libraryName, string howToInstall)
        : base($"Compression type {type.ToString().ToLowerInvariant()} needs the system library {libraryName}, which cannot be loaded. "
            + $"Install it: {howToInstall}.")
    {
        Type = type;
        LibraryName = libraryName;
    }

    public CompressionType Type { get; }

    /// <summary>File name of the library that was looked for.</summary>
    public string LibraryName { get; }
}
