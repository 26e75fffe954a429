using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CloudStream.Architecture.Tests;

public sealed partial class PackageTests
{
    [Fact]
    public void EveryPackageVersionIsPinnedExactlyInOnePlace()
    {
        XDocument central = XDocument.Parse(Repository.AllFiles.Single(f => f.Path == "Directory.Packages.props").Text);
        string[] loose = [.. central.Descendants("PackageVersion").Where(p => !Exact().IsMatch((string)p.Attribute("Version")!)).Select(p => p.ToString())];
        Expect.None(loose);
    }

    [Fact]
    public void NoProjectNamesAVersionOfItsOwn()
    {
        foreach (SourceFile project in Repository.Projects)
        {
            foreach (XElement package in XDocument.Parse(project.Text).Descendants("PackageReference"))
                Assert.True(package.Attribute("Version") is null && package.Attribute("VersionOverride") is null, $"{project}: {package}");
        }
    }

    [GeneratedRegex(@"^\[\d+(\.\d+)+\]$")]
    private static partial Regex Exact();
}
