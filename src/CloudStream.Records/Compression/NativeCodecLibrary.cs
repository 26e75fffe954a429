using System.Reflection;
using System.Runtime.InteropServices;

namespace CloudStream.Records.Compression;

/// <summary>
/// A system library that a codec works with where it is installed, found under the file name that each system gives it. Loaded once, on
/// first use. Thread-safe.
/// </summary>
internal sealed class NativeCodecLibrary
{
    /// <summary>
    /// An environment variable that sets the system's libraries aside where it is <c>managed</c>: everything then works as on a system that
    /// has none.
    /// </summary>
    public const string Variable = "CLOUDSTREAM_CODECS";

    /// <summary>The names in <c>LibraryImport</c>; they are resolved here and nowhere else.</summary>
    public const string Lz4ImportName = "cloudstream-lz4";
    public const string ZstdImportName = "cloudstream-zstd";

    private static readonly bool s_areSetAside = Environment.GetEnvironmentVariable(Variable) == "managed";

    private readonly Lazy<nint> _handle;

    static NativeCodecLibrary() => NativeLibrary.SetDllImportResolver(typeof(NativeCodecLibrary).Assembly, Resolve);

    public NativeCodecLibrary(string fileName)
    {
        FileName = fileName;
        _handle = new Lazy<nint>(() => NativeLibrary.TryLoad(FileName, out var handle) ? handle : 0);
    }

    public static NativeCodecLibrary Lz4 { get; } = new(NameHere("liblz4.so.1", "liblz4.1.dylib", "liblz4.dll"));

    public static NativeCodecLibrary Zstd { get; } = new(NameHere("libzstd.so.1", "libzstd.1.dylib", "libzstd.dll"));

    public string FileName { get; }

    /// <summary>Whether it is installed here.</summary>
    public bool IsPresent => _handle.Value != 0;

    /// <summary>Whether codecs work with it: it is here and not set aside.</summary>
    public bool IsInUse => !s_areSetAside && IsPresent;

    private static nint Resolve(string importName, Assembly assembly, DllImportSearchPath? searchPath) => importName switch
    {
        Lz4ImportName => Lz4._handle.Value,
        ZstdImportName => Zstd._handle.Value,
        _ => 0,
    };

    private static string NameHere(string linux, string macOs, string windows) =>
        OperatingSystem.IsWindows() ? windows : OperatingSystem.IsMacOS() ? macOs : linux;
}
