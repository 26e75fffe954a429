using System.Text.RegularExpressions;

namespace CloudStream.Architecture.Tests;

/// <summary>One term for one thing: the glossary has them all, and the types that it names exist.</summary>
public sealed partial class GlossaryTests
{
    private static readonly string[] Terms =
    [
        "topic", "partition", "record", "record batch", "offset", "key", "header", "timestamp", "shard", "segment object", "slice",
        "flush", "commit",
        "register", "checkpoint", "log start offset", "high watermark", "last stable offset", "log end offset", "lease", "epoch",
        "compaction",
        "merge", "retention", "garbage collection", "broker", "entry", "directory", "index page", "trash", "orphan", "horizon", "write id",
        "producer id",
        "group", "member", "generation", "coordinator", "committed offset",
    ];

    [Fact]
    public void EveryTermIsDefinedOnce()
    {
        string[] defined = [.. Row().Matches(Glossary()).SelectMany(m => m.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries))];
        Expect.None(Terms.Except(defined));
        Assert.Equal(defined.Distinct(), defined);
    }

    [Fact]
    public void EveryTypeThatItNamesExists()
    {
        string sources = string.Concat(Repository.ProductSources.Select(f => f.Text));
        string[] named = [.. TypeName().Matches(Glossary()).Select(m => m.Groups[1].Value).Distinct()];
        Assert.NotEmpty(named);
        string[] missing = [.. named.Where(n => !Regex.IsMatch(sources, $@"\b(class|struct|record|interface|enum) {n}\b"))];
        Expect.None(missing);
    }

    private static string Glossary() => Repository.AllFiles.Single(f => f.Path == "docs/GLOSSARY.md").Text;

    [GeneratedRegex(@"^\| \*\*([^*]+)\*\* \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([A-Z][A-Za-z]+)`")]
    private static partial Regex TypeName();
}
