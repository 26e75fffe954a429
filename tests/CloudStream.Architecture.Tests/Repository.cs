using System.Xml.Linq;

namespace CloudStream.Architecture.Tests;

/// <summary>The files of the repository as they lie on disk, without build output.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["bin", "obj", "out", "artifacts", "node_modules", ".git", "cloudstream-data",
        "BenchmarkDotNet.Artifacts"];

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceFile> AllFiles { get; } = [.. Enumerate(Root).OrderBy(f => f.Path, StringComparer.Ordinal)];

    public static IEnumerable<SourceFile> Sources => AllFiles.Where(f => f.Path.EndsWith(".cs", StringComparison.Ordinal));

    public static IEnumerable<SourceFile> ProductSources => Sources.Where(f => f.Path.StartsWith("src/", StringComparison.Ordinal));

    public static IEnumerable<SourceFile> TestSources => Sources.Where(f => f.Path.StartsWith("tests/", StringComparison.Ordinal));

    public static IEnumerable<SourceFile> Projects => AllFiles.Where(f => f.Path.EndsWith(".csproj", StringComparison.Ordinal));

    public static IEnumerable<SourceFile> Documents => AllFiles.Where(f => f.Path.EndsWith(".md", StringComparison.Ordinal));

    /// <summary>The namespace at a project's root: its name, unless its file says otherwise.</summary>
    public static string RootNamespaceOf(string project) =>
        (string?)XDocument.Parse(Projects.Single(p => p.Path == $"src/{project}/{project}.csproj").Text).Descendants(
            "RootNamespace").SingleOrDefault() ?? project;

    private static IEnumerable<SourceFile> Enumerate(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            // In a linked worktree .git is a file.
            if (!NotOurs.Contains(Path.GetFileName(file)))
                yield return new SourceFile(Path.GetRelativePath(Root, file).Replace('\\', '/'));
        }

        foreach (string child in Directory.EnumerateDirectories(folder))
        {
            if (NotOurs.Contains(Path.GetFileName(child)))
                continue;
            foreach (SourceFile file in Enumerate(child))
                yield return file;
        }
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "CloudStream.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"No CloudStream.sln above {AppContext.BaseDirectory}.");
    }
}
