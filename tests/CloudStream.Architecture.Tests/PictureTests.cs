using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CloudStream.Architecture.Tests;

/// <summary>The picture at the head of the architecture shows the projects, their rooms and their arrows as they are.</summary>
public sealed partial class PictureTests
{
    private static readonly string Picture = ReadPicture();

    [Fact]
    public void ThePictureHasTheArrowsOfTheProjectFiles()
    {
        string[] drawn = [.. Arrow().Matches(Picture).SelectMany(
            m => m.Groups[2].Value.Split('&').Select(to => $"{m.Groups[1].Value} --> {to.Trim()}"))];
        string[] real = [.. Projects().SelectMany(p => References(p).Select(to => $"{Short(p.Name)} --> {to}"))];
        Assert.NotEmpty(real);
        Assert.Equal(real.Order(StringComparer.Ordinal), drawn.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ThePictureHasTheRoomsOfEachProject()
    {
        string[] drawn = [.. Box().Matches(Picture).Select(m => $"{m.Groups[1].Value}: {m.Groups[2].Value}")];
        string[] real = [.. Projects().Select(p => $"{Short(p.Name)}: {string.Join(", ", Rooms(p))}")];
        Assert.Equal(real.Order(StringComparer.Ordinal), drawn.Order(StringComparer.Ordinal));
    }

    private static string ReadPicture()
    {
        string text = Repository.Documents.Single(d => d.Path == "docs/ARCHITECTURE.md").Text;
        return Fence().Match(text) is { Success: true } fence
            ? fence.Value
            : throw new InvalidOperationException("docs/ARCHITECTURE.md has no picture: a fenced block of mermaid.");
    }

    private static IEnumerable<SourceFile> Projects() =>
        Repository.Projects.Where(p => p.Path.StartsWith("src/", StringComparison.Ordinal));

    private static IEnumerable<string> References(SourceFile project) =>
        XDocument.Parse(project.Text).Descendants("ProjectReference")
            .Where(r => (string?)r.Attribute("ReferenceOutputAssembly") != "false")
            .Select(r => Short(((string)r.Attribute("Include")!).Replace('\\', '/').Split('/')[^1]));

    // The folders directly below a project that hold code, in alphabetical order.
    private static IEnumerable<string> Rooms(SourceFile project)
    {
        string folder = Path.GetDirectoryName(project.Path)!.Replace('\\', '/') + "/";
        return Repository.AllFiles.Where(f => f.Path.StartsWith(folder, StringComparison.Ordinal))
            .Select(f => f.Path[folder.Length..].Split('/')).Where(parts => parts.Length > 1)
            .Select(parts => parts[0]).Distinct().Order(StringComparer.Ordinal);
    }

    private static string Short(string projectFile) =>
        projectFile.Replace(".csproj", "", StringComparison.Ordinal).Replace("CloudStream.", "", StringComparison.Ordinal);

    [GeneratedRegex("```mermaid.*?```", RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\s*([\w.]+) --> (.+?)\s*$", RegexOptions.Multiline)]
    private static partial Regex Arrow();

    // A box: Name["<b>Name</b><br/>Room, Room, …"]
    [GeneratedRegex(@"^\s*([\w.]+)\[""<b>\1</b><br/>(.*?)""\]\s*$", RegexOptions.Multiline)]
    private static partial Regex Box();
}
