using System.Reflection;
using System.Runtime.InteropServices;

namespace CloudStream.Records.Compression;

/// <summary>
/// A system library that a codec is made of, found under the file name that each system gives it. Loaded once, on first use. Thread-safe.
/// </summary>
internal sealed class NativeCodecLibrary
{
    /// <summary>The names in <c>LibraryImport</c>; they are resolved here and nowhere else.</summary>
    public const string Lz4ImportName = "cloudstream-lz4";
    public const string ZstdImportName = "cloudstream-zstd";

    private readonly CompressionType _type;
    private readonly string _fileName;
    private readonly string _howToInstall;
    private readonly Lazy<nint> _handle;

    static NativeCodecLibrary() => NativeLibrary.SetDllImportResolver(typeof(NativeCodecLibrary).Assembly, Resolve);

    public NativeCodecLibrary(CompressionType type, string fileName, string howToInstall)
    {
        _type = type;
        _fileName = fileName;
        _howToInstall = howToInstall;
        _handle = new Lazy<nint>(() => NativeLibrary.TryLoad(_fileName, out var handle) ? handle : 0);
    }

    public static NativeCodecLibrary Lz4 { get; } = new(
        CompressionType.Lz4,
        FileName("liblz4.so.1", "liblz4.1.dylib", "liblz4.dll"),
        "`apt-get install liblz4-1` on Debian and Ubuntu, `apk add lz4-libs` on Alpine, `dnf install lz4-libs` on Fedora, `brew install "
            + "lz4` on macOS");

    public static NativeCodecLibrary Zstd { get; } = new(
        CompressionType.Zstd,
        FileName("libzstd.so.1", "libzstd.1.dylib", "libzstd.dll"),
        "`apt-get install libzstd1` on Debian and Ubuntu, `apk add zstd-libs` on Alpine, `dnf install libzstd` on Fedora, `brew install "
            + "zstd` on macOS");

    public bool IsPresent => _handle.Value != 0;

    /// <summary>Loads the library.</summary>
    /// <exception cref="MissingCodecLibraryException">It is not installed.</exception>
    public void Require()
    {
        if (!IsPresent)
            throw new MissingCodecLibraryException(_type, _fileName, _howToInstall);
    }

    private static nint Resolve(string importName, Assembly assembly, DllImportSearchPath? searchPath) => importName switch
    {
        Lz4ImportName => Lz4._handle.Value,
        ZstdImportName => Zstd._handle.Value,
        _ => 0,
    };

    private static string FileName(string linux, string macOs, string windows) =>
        OperatingSystem.IsWindows() ? windows : OperatingSystem.IsMacOS() ? macOs : linux;
}
