using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace CloudStream.Architecture.Tests;

/// <summary>Arrows point down only: what each project may see of the others.</summary>
public sealed class DependencyTests
{
    // What a project names in its project file; assemblies may use what these bring along.
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["CloudStream.Records"] = [],
        ["CloudStream.Storage"] = ["CloudStream.Records"],
        ["CloudStream.Storage.Local"] = ["CloudStream.Storage"],
        ["CloudStream.Storage.Aws"] = ["CloudStream.Storage"],
        ["CloudStream.Log"] = ["CloudStream.Storage"],
        ["CloudStream.Cluster"] = ["CloudStream.Log"],
        ["CloudStream.Http"] = ["CloudStream.Cluster"],
        ["CloudStream.Kafka.Wire"] = [],
        ["CloudStream.Kafka"] = ["CloudStream.Cluster", "CloudStream.Kafka.Wire"],
        ["CloudStream.Client"] = ["CloudStream.Records"],
        ["CloudStream.Cli"] = ["CloudStream.Http", "CloudStream.Kafka", "CloudStream.Client", "CloudStream.Storage.Local",
            "CloudStream.Storage.Aws", "CloudStream.Cluster", "CloudStream.Log", "CloudStream.Storage", "CloudStream.Records"],
    };

    public static TheoryData<string> ProjectNames => [.. Allowed.Keys];

    [Fact]
    public void EveryProductProjectHasItsPlaceInTheOrder()
    {
        string[] present = [.. Repository.Projects.Where(p => p.Path.StartsWith("src/", StringComparison.Ordinal)).Select(
            p => Path.GetFileNameWithoutExtension(p.Path))];
        Assert.Equal(Allowed.Keys.Order(), present.Order());
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void AProjectFileNamesOnlyProjectsBelowIt(string project)
    {
        XDocument file = XDocument.Parse(Repository.Projects.Single(p => p.Name == project + ".csproj").Text);
        // What only helps to compile is no arrow.
        IEnumerable<string> references = file.Descendants("ProjectReference").Where(
            r => (string?)r.Attribute("ReferenceOutputAssembly") != "false").Select(
                r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!));
        Expect.None(references.Except(Allowed[project]));
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void AnAssemblyUsesOnlyAssembliesBelowIt(string project) =>
        Expect.None(References(project).Where(r => r.StartsWith("CloudStream.", StringComparison.Ordinal)).Except(Below(project)));

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void OnlyTheAwsProjectSeesTheAwsSdk(string project) => Assert.Equal(
        project == "CloudStream.Storage.Aws", References(project).Any(r => r.StartsWith("AWSSDK", StringComparison.Ordinal)));

    [Theory]
    [InlineData("CloudStream.Records")]
    [InlineData("CloudStream.Storage")]
    [InlineData("CloudStream.Storage.Local")]
    [InlineData("CloudStream.Storage.Aws")]
    [InlineData("CloudStream.Kafka.Wire")]
    [InlineData("CloudStream.Client")]
    public void LibrariesBelowTheFacesDoNotNeedTheWebFramework(string project) =>
        Assert.DoesNotContain(References(project), r => r.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    [Theory]
    [InlineData("CloudStream.Log")]
    [InlineData("CloudStream.Cluster")]
    public void LogAndClusterKnowNoWebServer(string project) =>
        Assert.DoesNotContain(References(project), r => r.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    [Fact]
    public void OnlyTheLocalStoresSeeTheDatabase()
    {
        foreach (string project in Allowed.Keys.Where(p => p is not "CloudStream.Storage.Local"))
            Assert.DoesNotContain(References(project),
                r => r.Contains("Sqlite", StringComparison.OrdinalIgnoreCase) || r.StartsWith("SQLitePCL", StringComparison.Ordinal));
    }

    private static HashSet<string> Below(string project)
    {
        var below = new HashSet<string>(StringComparer.Ordinal);
        foreach (string reference in Allowed[project])
        {
            below.Add(reference);
            below.UnionWith(Below(reference));
        }

        return below;
    }

    private static string[] References(string project)
    {
        string assembly = project == "CloudStream.Cli" ? "cloudstream" : project;
        using FileStream stream = File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
        using var image = new PEReader(stream);
        MetadataReader metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name))];
    }
}
