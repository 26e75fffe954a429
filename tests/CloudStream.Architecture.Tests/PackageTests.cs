using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CloudStream.Architecture.Tests;

public sealed partial class PackageTests
{
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
