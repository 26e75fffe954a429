using System.Text.RegularExpressions;

namespace CloudStream.Architecture.Tests;

/// <summary>Documents are checked like code: what they name must exist.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void EveryFileNamedInTheArchitectureExists()
    {
        SourceFile document = Repository.AllFiles.Single(f => f.Path == "docs/ARCHITECTURE.md");
        string[] named = [.. FileName().Matches(document.Text).Select(m => m.Groups[1].Value).Distinct()];
        Assert.NotEmpty(named);
        string[] missing = [.. named.Where(
            n => !Repository.AllFiles.Any(f => f.Path == n || f.Path.EndsWith("/" + n, StringComparison.Ordinal)))];
        Expect.None(missing);
    }

    [Fact]
    public void NoDocumentHasADeadRelativeLink()
    {
        var dead = new List<string>();
        foreach (SourceFile document in Repository.Documents)
        {
            string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document.Path))!;
            foreach (Match link in Link().Matches(document.Text))
            {
                string target = link.Groups[1].Value.Split('#')[0];
                if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(folder, target)))
                    dead.Add($"{document}: {target}");
            }
        }

        Expect.None(dead);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/ARCHITECTURE.md")]
    [InlineData("docs/FORMATS.md")]
    [InlineData("docs/GLOSSARY.md")]
    public void TheDocumentIsThere(string path) => Assert.Contains(Repository.AllFiles, f => f.Path == path);

    [GeneratedRegex(@"`((?:[\w.-]+/)*[\w.-]+\.(?:cs|csproj|props|targets|md|sh|txt))`")]
    private static partial Regex FileName();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
