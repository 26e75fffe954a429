using System.Collections.Immutable;
using CloudStream.Kafka.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace CloudStream.Kafka.Tests.Generator;

/// <summary>What the compiler says to a description of messages, good or bad.</summary>
public sealed class DescriptionTests
{
    private const string Good = """
        # Says hello.
        api 99 Hello versions 1-4 flexible 3+

        request
          Name string
          Times int32 2+ default 1 ignorable
          Friends [Friend]?4+
            Name string
            Age int8 3+ tag 0 default -1

        response
          ErrorCode int16
        """;

    [Fact]
    public void A_description_becomes_a_class_for_each_message_and_a_line_in_the_list()
    {
        var (sources, problems) = Generate(("Hello.msg", Good));
        Assert.Empty(problems);
        Assert.Equal(["HelloRequest.g.cs", "HelloResponse.g.cs", "KafkaApis.g.cs"], sources.Keys.Order());
        Assert.Contains("Hello = 99,", sources["KafkaApis.g.cs"]);
        Assert.Contains("new(ApiKey.Hello, \"Hello\", 1, 4, 3, static () => new HelloRequest(), static () => new HelloResponse()),",
            sources["KafkaApis.g.cs"]);
        Assert.Contains("public int Times { get; set; } = 1;", sources["HelloRequest.g.cs"]);
        Assert.Contains("public List<Friend>? Friends { get; set; } = [];", sources["HelloRequest.g.cs"]);
    }

    [Fact]
    public void An_element_that_takes_less_room_in_compact_versions_is_counted_by_version()
    {
        var (sources, _) = Generate(("Hello.msg", Good));
        // A classic friend is two bytes of length; a compact one is a byte of length and a byte of tagged fields.
        Assert.Contains("reader.ReadCount(flexible, version >= 4, flexible ? 2 : 2, \"HelloRequest.Friends\")",
            sources["HelloRequest.g.cs"]);
    }

    [Theory]
    [InlineData("api 99 Hello versions 1-4 flexible 3+", "api 99 Hello", 2, "expected: api KEY Name versions A-B [flexible C+]")]
    [InlineData("request", "reqest", 4, "expected 'request' or 'response', found 'reqest'")]
    [InlineData("  Name string\n  Times", "  Name text\n  Times", 5, "no type 'text'; a structure's name begins with a capital")]
    [InlineData("default 1 ignorable", "default 1 ignored", 6, "'ignored' is not understood here")]
    [InlineData("Times int32 2+", "Times int32 5+", 6, "no version of the API has the field Times")]
    [InlineData("Times int32 2+", "Times int32? 2-x", 6, "'2-x' is not understood here")]
    [InlineData("    Name string", "      Name string", 8, "indented by 6: fields stand two deeper than the structure's first use")]
    public void A_line_that_cannot_be_used_is_an_error_at_that_line(string good, string bad, int line, string message)
    {
        var problem = Assert.Single(Generate(("Hello.msg", Replace(good, bad))).Problems);
        Assert.Equal(("CSK001", DiagnosticSeverity.Error, "Hello.msg", message),
            (problem.Id, problem.Severity, problem.Location.GetLineSpan().Path, problem.GetMessage()));
        Assert.Equal(line, problem.Location.GetLineSpan().StartLinePosition.Line + 1);
    }

    [Theory]
    [InlineData("Age int8 3+ tag 0", "Age int8 2+ tag 0", "Friend.Age: a tagged field exists in flexible versions only")]
    [InlineData("Times int32 2+ default 1", "Times int32 2+ default null", "HelloRequest.Times: null by default, and null in no version")]
    [InlineData("Times int32 2+ default 1 ignorable", "Name int32", "HelloRequest.Name is there twice")]
    [InlineData("Times int32 2+ default 1 ignorable", "Friend int32", "HelloRequest: a field and a structure are both named Friend")]
    [InlineData("Age int8 3+ tag 0 default -1", "Friend int8", "Friend.Friend: a field cannot have its structure's name")]
    public void A_description_that_contradicts_itself_is_an_error(string good, string bad, string message) =>
        Assert.Equal(message, Assert.Single(Generate(("Hello.msg", Replace(good, bad))).Problems).GetMessage());

    [Fact]
    public void A_key_belongs_to_one_API() =>
        Assert.Equal("the API key 99 is described twice",
            Assert.Single(Generate(("Hello.msg", Good), ("Hallo.msg", Good.Replace("Hello", "Hallo", StringComparison.Ordinal))).Problems)
                .GetMessage());

    private static string Replace(string good, string bad)
    {
        var text = Good.Replace("\r", "", StringComparison.Ordinal);
        Assert.Contains(good, text);
        return text.Replace(good, bad, StringComparison.Ordinal);
    }

    private static (Dictionary<string, string> Sources, ImmutableArray<Diagnostic> Problems) Generate(
        params (string Path, string Text)[] files)
    {
        var driver = CSharpGeneratorDriver.Create(
            [new MessageGenerator().AsSourceGenerator()], [.. files.Select(f => new Described(f.Path, f.Text))]);
        var result = driver.RunGenerators(CSharpCompilation.Create("empty"), TestContext.Current.CancellationToken).GetRunResult();
        return (result.Results[0].GeneratedSources.ToDictionary(s => s.HintName, s => s.SourceText.ToString()), result.Diagnostics);
    }

    private sealed class Described(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }
}
