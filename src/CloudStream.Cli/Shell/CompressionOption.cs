using System.CommandLine;
using CloudStream.Records.Compression;

namespace CloudStream.Cli.Shell;

/// <summary><c>--compression</c>, the same wherever records are produced.</summary>
internal static class CompressionOption
{
    public static Option<string> Create()
    {
        var option = new Option<string>("--compression")
        {
            Description = "How batches are compressed.",
            HelpName = "none|gzip|snappy|lz4|zstd",
            DefaultValueFactory = _ => "none"
        };
        option.AcceptOnlyFromAmong("none", "gzip", "snappy", "lz4", "zstd");
        return option;
    }

    public static CompressionType Of(string name) => name switch
    {
        "gzip" => CompressionType.Gzip,
        "snappy" => CompressionType.Snappy,
        "lz4" => CompressionType.Lz4,
        "zstd" => CompressionType.Zstd,
        _ => CompressionType.None,
    };
}
