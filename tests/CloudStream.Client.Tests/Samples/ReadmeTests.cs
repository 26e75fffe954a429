using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace CloudStream.Client.Tests.Samples;

public sealed partial class ReadmeTests
{
    [Fact]
    public void What_a_block_of_the_README_shows_is_what_the_tests_run()
    {
        var samples = Regions(File.ReadAllText(Beside("Samples.cs")));
        var readme = File.ReadAllText(Beside("../../../src/CloudStream.Client/README.md"));

        var blocks = Block().Matches(readme).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["code"].Value);

        Assert.Equal(samples.Keys.Where(name => name != "json-types").Order(), blocks.Keys.Order());
        Assert.All(blocks, block => Assert.EndsWith(samples[block.Key], block.Value.Replace("\n" + samples["json-types"], "")));
        Assert.EndsWith(samples["json-types"], blocks["json"]);
    }

    private static Dictionary<string, string> Regions(string source)
    {
        var regions = new Dictionary<string, string>();
        foreach (Match match in Region().Matches(source))
        {
            var indent = match.Groups["indent"].Value;
            var lines = match.Groups["code"].Value.Split('\n').Select(
                line => line.StartsWith(indent, StringComparison.Ordinal) ? line[indent.Length..] : line);
            regions.Add(match.Groups["name"].Value, string.Join('\n', lines));
        }

        return regions;
    }

    private static string Beside(string path, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, path);

    [GeneratedRegex(@"(?<indent>[ ]*)// #region (?<name>[a-z-]+)\n(?<code>.*?)[ ]*// #endregion",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Region();

    [GeneratedRegex(@"```csharp (?<name>[a-z-]+)\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Block();
}
