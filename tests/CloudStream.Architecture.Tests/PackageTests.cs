using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CloudStream.Architecture.Tests;

public sealed partial class PackageTests
{
    // What packages bring whose namespace is not their name; nothing that code could name, where it is empty.
    private static readonly Dictionary<string, string> s_namespaces = new(StringComparer.Ordinal)
    {
        ["AWSSDK.DynamoDBv2"] = "Amazon.DynamoDBv2",
        ["AWSSDK.S3"] = "Amazon.S3",
        ["Microsoft.CodeAnalysis.CSharp"] = "Microsoft.CodeAnalysis",
        ["Microsoft.CodeAnalysis.PublicApiAnalyzers"] = "",
        ["Microsoft.Extensions.DependencyInjection.Abstractions"] = "Microsoft.Extensions.DependencyInjection",
        ["Microsoft.Extensions.Logging.Abstractions"] = "Microsoft.Extensions.Logging",
        ["Microsoft.Extensions.TimeProvider.Testing"] = "Microsoft.Extensions.Time.Testing",
        ["SQLitePCLRaw.bundle_e_sqlite3"] = "SQLitePCL",
        ["xunit.v3.assert"] = "Xunit",
        ["xunit.v3.extensibility.core"] = "Xunit",
        ["ZstdSharp.Port"] = "ZstdSharp",
    };

    [Fact]
    public void EveryPackageVersionIsPinnedExactlyInOnePlace()
    {
        XDocument central = XDocument.Parse(Repository.AllFiles.Single(f => f.Path == "Directory.Packages.props").Text);
        string[] loose = [.. central.Descendants("PackageVersion").Where(p => !Exact().IsMatch((string)p.Attribute("Version")!)).Select(
            p => p.ToString())];
        Expect.None(loose);
    }

    [Fact]
    public void NoProjectNamesAVersionOfItsOwn()
    {
        // Programs of the client matrix are built in folders of their own, outside of the solution.
        foreach (SourceFile project in Repository.Projects.Where(p => !p.Path.StartsWith("tests/clients/", StringComparison.Ordinal)))
        {
            foreach (XElement package in XDocument.Parse(project.Text).Descendants("PackageReference"))
                Assert.True(package.Attribute("Version") is null && package.Attribute("VersionOverride") is null, $"{project}: {package}");
        }
    }

    [Fact]
    public void EveryPinnedPackageIsUsedBySomeProject()
    {
        var used = Repository.AllFiles
            .Where(f => f.Path.EndsWith(".csproj", StringComparison.Ordinal) || f.Path == "Directory.Build.targets")
            .SelectMany(f => Names(f, "PackageReference"))
            .ToHashSet(StringComparer.Ordinal);
        Expect.None(
            [.. Names(Repository.AllFiles.Single(f => f.Path == "Directory.Packages.props"), "PackageVersion").Where(
                p => !used.Contains(p))]);
    }

    [Fact]
    public void EveryPackageThatAProjectNamesIsUsedByItsCode()
    {
        Expect.None(
            from project in Repository.Projects
            where !project.Path.StartsWith("tests/clients/", StringComparison.Ordinal)
            let folder = Path.GetDirectoryName(project.Path)!.Replace('\\', '/') + "/"
            let code = Repository.Sources.Where(f => f.Path.StartsWith(folder, StringComparison.Ordinal)).Select(f => f.Text)
                .Concat(Names(project, "Using").Select(u => $"using {u};")).ToArray()
            from package in Names(project, "PackageReference")
            let name = s_namespaces.GetValueOrDefault(package, package)
            where name.Length > 0 && !Array.Exists(code, t => Regex.IsMatch(t, $@"\b{Regex.Escape(name)}(\.\w|;)"))
            select $"{project}: {package} brings {name}, which nothing there uses");
    }

    // Whether an advisory is known is asked at every restore; it is a warning, so that a commit that was good goes on building.
    [Fact]
    public void KnownVulnerabilitiesOfPackagesAreWarnedOf()
    {
        XDocument build = XDocument.Parse(Repository.AllFiles.Single(f => f.Path == "Directory.Build.props").Text);
        Assert.Equal("true", build.Descendants("NuGetAudit").Single().Value);
        Assert.Equal("all", build.Descendants("NuGetAuditMode").Single().Value);
    }

    private static IEnumerable<string> Names(SourceFile file, string element) =>
        XDocument.Parse(file.Text).Descendants(element).Select(p => (string?)p.Attribute("Include")).OfType<string>();

    [GeneratedRegex(@"^\[\d+(\.\d+)+\]$")]
    private static partial Regex Exact();
}
