using System.Text.RegularExpressions;

namespace CloudStream.Architecture.Tests;

/// <summary>Constructs that the house rules ban and no analyzer sees.</summary>
public sealed class BannedTextTests
{
    public static TheoryData<string, string> InProduct => new()
    {
        { "NotImplemented" + "Exception", "a stub" },
        { @"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|XX" + @"X)\b", "a promise instead of code" },
        { @"#pragma warning disable", "a rule is switched off in .editorconfig with its reason, or followed" },
        { @"\bThread\.Sleep\b", "a blocked thread" },
        { @"\.GetAwaiter\(\)\.GetResult\(\)", "a blocked thread" },
        { @"\basync void\b", "a loose task" },
        { @"catch\s*\{", "a swallowed defect" },
        { @"\bConsole\.(Write|Error|Out)", "libraries do not print" },
    };

    [Theory]
    [MemberData(nameof(InProduct))]
    public void ProductCodeHasNo(string pattern, string why)
    {
        IEnumerable<SourceFile> files = Repository.ProductSources;
        if (why == "libraries do not print")
            files = files.Where(f => !f.Path.StartsWith("src/CloudStream.Cli/", StringComparison.Ordinal));

        // Whoever disposes synchronously has asked for it.
        if (why == "a blocked thread")
            files = files.Where(f => f.Path != "src/CloudStream.Client/Transport/Closing.cs");
        Expect.None(Find(files, pattern));
    }

    [Theory]
    [InlineData(@"\bThread\.Sleep\b", "")]
    [InlineData(@"\bTask\.Delay\(\s*(TimeSpan\.From|\d)", "tests/CloudStream.Cli.Tests/Eventually.cs")]
    [InlineData(@"Skip\s*=\s*""""", "")]
    [InlineData(@"localhost:\d|127\.0\.0\.1:[1-9]\d", "tests/CloudStream.Cli.Tests/")]
    public void TestsHaveNoSleepAndNoFixedPort(string pattern, string except) =>
        Expect.None(
            Find(
                Repository.TestSources.Where(f => f.Name != "BannedTextTests.cs"
                    && !f.Path.StartsWith("tests/CloudStream.Benchmarks/", StringComparison.Ordinal)
                    && (except.Length == 0 || !f.Path.StartsWith(except, StringComparison.Ordinal))), pattern));

    [Fact]
    public void NoFileNamesThePlaceWhereItWasWritten()
    {
        IEnumerable<SourceFile> files = Repository.AllFiles.Where(f => f.Path != ".ci/run" && f.Name != "BannedTextTests.cs");
        Expect.None(Find(files, @"\.\./" + "shared|(^|[\\s\"'`(])/wo" + "rk/"));
    }

    private static IEnumerable<string> Find(IEnumerable<SourceFile> files, string pattern)
    {
        var regex = new Regex(pattern, RegexOptions.None, TimeSpan.FromSeconds(10));
        return files.SelectMany(
            f => f.Lines.Select((line, i) => (line, i)).Where(l => regex.IsMatch(l.line)).Select(l => $"{f}:{l.i + 1}: {l.line.Trim()}"));
    }
}
