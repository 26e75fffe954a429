using CloudStream.Storage;
using CloudStream.Storage.Formats;

namespace CloudStream.Cluster.Registers;

/// <summary>What the values of small registers begin with: four letters that say what it is, one byte that says in which format.</summary>
internal static class RegisterFormat
{
    private const byte Version = 1;

    /// <summary>Begins a value.</summary>
    public static FormatWriter Begin(ReadOnlySpan<byte> magic, byte format = Version)
    {
        var writer = new FormatWriter();
        writer.Raw(magic);
        writer.Byte(format);
        return writer;
    }

    /// <summary>Opens the value of register <paramref name="key"/>.</summary>
    /// <exception cref="StoreException">Corrupt: it is something else. Refused: it is of a newer format.</exception>
    public static FormatReader Open(ReadOnlyMemory<byte> value, ReadOnlySpan<byte> magic, string key) =>
        Open(value, magic, key, Version, out _);

    /// <summary>Opens the value of register <paramref name="key"/>, of which formats up to <paramref name="newest"/> are known.</summary>
    /// <exception cref="StoreException">Corrupt: it is something else. Refused: it is of a newer format.</exception>
    public static FormatReader Open(ReadOnlyMemory<byte> value, ReadOnlySpan<byte> magic, string key, byte newest, out byte format)
    {
        var reader = new FormatReader(value.Span, $"register {key}");
        if (!reader.Take(magic.Length).SequenceEqual(magic))
            throw reader.Corrupt("wrong magic");
        format = reader.Byte();
        if (format is 0 || format > newest)
            throw new StoreException(StoreErrorKind.Refused, $"register {key} has format {format}; this version reads format {newest}");
        return reader;
    }
}
