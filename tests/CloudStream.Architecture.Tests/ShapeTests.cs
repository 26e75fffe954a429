using System.Text.RegularExpressions;

namespace CloudStream.Architecture.Tests;

/// <summary>The house rules that a machine can check.</summary>
public sealed partial class ShapeTests
{
    private const int MaxFileLines = 500;
    private const int MaxMethodLines = 60;
    private const int MaxColumns = 140;

    [Fact]
    public void NoFileIsLongerThan500Lines() =>
        Expect.None(Repository.Sources.Where(f => f.Lines.Length > MaxFileLines).Select(f => $"{f}: {f.Lines.Length}"));

    [Fact]
    public void NoLineIsLongerThan140Columns() =>
        Expect.None(Repository.Sources.SelectMany(
            f => f.Lines.Index().Where(l => l.Item.Length > MaxColumns).Select(l => $"{f}:{l.Index + 1}: {l.Item.Length}")));

    [Fact]
    public void NoMethodIsLongerThan60Lines() =>
        Expect.None(Repository.Sources.SelectMany(
            f => MethodLengths.Of(f.Lines).Where(m => m.Length > MaxMethodLines).Select(m => $"{f}: {m.Name}: {m.Length}")));

    [Fact]
    public void TheMethodLengthCheckSeesMethods()
    {
        string[] source = ["namespace A;", "", "class B", "{", "    void C(", "        int d)", "    {", "        while (true)",
            "        {", "        }", "    }", "}"];
        Assert.Equal([("void C(", 5)], MethodLengths.Of(source));
    }

    [Fact]
    public void TheNamespaceIsTheFolder()
    {
        var wrong = new List<string>();
        foreach (SourceFile file in Repository.ProductSources)
        {
            string[] folders = Path.GetDirectoryName(file.Path)!["src/".Length..].Split('/');
            string expected = string.Join('.', [Repository.RootNamespaceOf(folders[0]), .. folders[1..]]);
            Match declared = Namespace().Match(file.Text);
            if (declared.Success && declared.Groups[1].Value != expected)
                wrong.Add($"{file}: {declared.Groups[1].Value}");
        }

        Expect.None(wrong);
    }

    [Fact]
    public void TypesAreNamedForWhatTheyDo() =>
        Expect.None(
            Repository.Sources.SelectMany(
                f => TypeDeclaration().Matches(f.Text).Select(m => m.Groups[1].Value).Where(n => VagueName().IsMatch(n)).Select(
                    n => $"{f}: {n}")));

    [Fact]
    public void ClassesAreSealedUnlessTheyAreMadeToBeDerivedFrom()
    {
        string all = string.Concat(Repository.Sources.Select(f => f.Text));
        IEnumerable<string> open = Repository.ProductSources.SelectMany(f => OpenClass().Matches(f.Text)
            .Select(m => m.Groups[1].Value)
            .Where(n => !Regex.IsMatch(all, $@"(class|record) \w+(<[^>]*>)?(\([^)]*\))?\s*:\s*{n}\b"))
            .Select(n => $"{f}: {n}"));
        Expect.None(open);
    }

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(
        @"^\s*(?:(?:public|internal|private|file|static|sealed|abstract|partial|readonly|ref|unsafe) )+"
        + @"(?:class|struct|interface|record|record struct) (\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Utility|Processor|Impl|Base)$")]
    private static partial Regex VagueName();

    [GeneratedRegex(@"^(?:(?:public|internal) )(?:partial )?(?:class|record) (?!struct\b)(\w+)", RegexOptions.Multiline)]
    private static partial Regex OpenClass();
}
