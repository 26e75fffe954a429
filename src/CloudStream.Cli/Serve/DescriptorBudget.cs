using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Serve;

/// <summary>
/// How this process's file descriptors are shared out: what is open, what will be besides connections, and the rest for connections. A
/// process that has none left cannot open a file or load an assembly; then the runtime ends it.
/// </summary>
/// <param name="Descriptors">Descriptors that the process may have open.</param>
/// <param name="InUse">Those that are open now, connections aside.</param>
/// <param name="Assemblies">Those of them that are assemblies, which the runtime keeps open.</param>
/// <param name="LoadsAssemblies">Whether more of them are loaded as they are needed; a native executable has none.</param>
internal readonly partial record struct DescriptorBudget(long Descriptors, int InUse, int Assemblies, bool LoadsAssemblies)
{
    /// <summary>With fewer connections a broker is of no use: a Kafka client has two or three.</summary>
    public const int FewestConnections = 16;

    /// <summary>Connections that are refused take a descriptor for a moment.</summary>
    public const int Refusals = 16;

    // A broker that has started has some 170 assemblies open, one under load some 190, with TLS a few more.
    private const int MostAssemblies = 220;
    private const int FewestToCome = 16;

    // Databases, locks, folders, files that are being written. A broker that has started has some 20 of them open, and counted.
    private const int OtherFiles = 32;

    // Through which files go to Kafka clients: as many as that face makes, with two ends each.
    private const int Pipes = 2 * 32;
    private const int FewestOpenFiles = 8;
    private const int MostOpenFiles = 256;
    private const int FewDescriptors = 4096;
    private const string OpenDescriptors = "/dev/fd";

    /// <summary>What is kept for files that are opened later.</summary>
    public int Reserve =>
        (LoadsAssemblies ? Math.Max(FewestToCome, MostAssemblies - Assemblies) : 0) + (2 * OpenFiles) + OtherFiles + Pipes
            + Refusals;

    /// <summary>Connections of all faces that may be open at once; below zero where the rest alone has not enough.</summary>
    public int Connections => (int)Math.Min(Descriptors - InUse - Reserve, int.MaxValue);

    /// <summary>Whether a broker can work with that.</summary>
    public bool IsEnough => Connections >= FewestConnections;

    /// <summary>Whether that is little for a server.</summary>
    public bool IsLow => Descriptors < FewDescriptors;

    /// <summary>Files of the store that may be kept open; each may be open twice, through the page cache and past it.</summary>
    public int OpenFiles => (int)Math.Clamp(Descriptors / 16, FewestOpenFiles, MostOpenFiles);

    /// <summary>The smallest number of descriptors with which a broker would start here.</summary>
    public long Needed => Descriptors - Connections + FewestConnections;

    /// <summary>What this process has, if it is enough.</summary>
    /// <exception cref="CommandException">It is not.</exception>
    public static DescriptorBudget RequireEnough()
    {
        DescriptorBudget found = Read();
        return found.IsEnough
            ? found
            : throw new CommandException(
                $"{found.Descriptors} file descriptors are too few: with fewer than about {found.Needed} there is no room for "
                    + $"{FewestConnections} connections beside the broker's own files; raise the limit (ulimit -n)");
    }

    /// <summary>
    /// What this process has, after its limit has been raised as far as it may be. Where there is no limit that can be read (Windows), as
    /// much as on a usual Linux machine.
    /// </summary>
    /// <param name="connections">Connections that are open.</param>
    public static DescriptorBudget Read(int connections = 0)
    {
        const int usual = 65_536;
        bool loadsAssemblies = RuntimeFeature.IsDynamicCodeSupported;
        if (OperatingSystem.IsWindows() || Raise() is not { } descriptors)
            return new DescriptorBudget(usual, 0, MostAssemblies, loadsAssemblies);
        string[] open = Directory.GetFileSystemEntries(OpenDescriptors);
        int assemblies = open.Count(static d => new FileInfo(d).LinkTarget?.EndsWith(".dll", StringComparison.Ordinal) == true);
        return new DescriptorBudget(descriptors, open.Length - connections, assemblies, loadsAssemblies);
    }

    // The runtime does it, too, as it is today; a native executable's need not.
    private static long? Raise()
    {
        int resource = OperatingSystem.IsLinux() ? 7 : 8;
        if (GetLimit(resource, out Limit limit) != 0)
            return null;
        if (limit.Soft < limit.Hard)
        {
            Limit raised = limit with { Soft = limit.Hard };
            if (SetLimit(resource, in raised) == 0)
                limit = raised;
        }

        return (long)Math.Min(limit.Soft, int.MaxValue);
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
