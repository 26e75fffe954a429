using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace CloudStream.Client.Tests.Samples;

/// <summary>
/// Every block of C# in the documents, compiled by itself, as who copies it into a new console project has it: with implicit usings, a
/// reference to the SDK, and nothing else. Warnings are errors.
/// </summary>
public sealed partial class CompiledAloneTests
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly string Root = Path.GetFullPath(Path.Combine(Here(), "../../.."));
    private static readonly string DotNet = Path.GetFullPath(
        Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));

    public static TheoryData<string, int> Blocks => [.. Documents().SelectMany(document => Enumerable
        .Range(0, Block().Count(File.ReadAllText(Path.Combine(Root, document))))
        .Select(index => new TheoryDataRow<string, int>(document, index)))];

    [Fact]
    public void There_are_blocks_in_the_README_and_in_that_of_the_SDK() =>
        Assert.Superset(new HashSet<string> { "README.md", "src/CloudStream.Client/README.md" },
            Blocks.Select(row => row.Data.Item1).ToHashSet());

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task It_compiles(string document, int index)
    {
        var code = Block().Matches(File.ReadAllText(Path.Combine(Root, document)))[index].Groups["code"].Value;
        var folder = Directory.CreateTempSubdirectory("cloudstream-sample-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Program.cs"), code, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Usings.cs"), ImplicitUsings, TestContext.Current.CancellationToken);
            await File.WriteAllLinesAsync(
                Path.Combine(folder.FullName, "all.rsp"), Arguments(folder.FullName), TestContext.Current.CancellationToken);
            var start = new ProcessStartInfo(Path.Combine(DotNet, "dotnet")) { RedirectStandardOutput = true };
            start.ArgumentList.Add(Newest("sdk", "Roslyn/bincore/csc.dll"));
            start.ArgumentList.Add($"@{folder.FullName}/all.rsp");
            using var compiler = Process.Start(start)!;
            var said = await compiler.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await compiler.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.True(compiler.ExitCode == 0, $"{said}\n{code}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> Arguments(string folder) =>
    [
        "-nologo", "-noconfig", "-nostdlib+", "-target:exe", "-nullable:enable", "-warnaserror+", "-langversion:latest",
        $"-out:{folder}/sample.dll",
        .. Directory.GetFiles(Newest("packs/Microsoft.NETCore.App.Ref", "ref/net10.0"), "*.dll").Select(dll => $"-r:{dll}"),
        .. Directory.GetFiles(Newest("packs/Microsoft.AspNetCore.App.Ref", "ref/net10.0"), "Microsoft.Extensions.*.dll").Select(
            dll => $"-r:{dll}"),
        $"-r:{typeof(CloudStreamClient).Assembly.Location}",
        $"-r:{typeof(CloudStream.Records.Record).Assembly.Location}",
        $"-a:{Newest("packs/Microsoft.NETCore.App.Ref", "analyzers/dotnet/cs/System.Text.Json.SourceGeneration.dll")}",
        $"{folder}/Program.cs",
        $"{folder}/Usings.cs",
    ];

    // What an installation has of its newest version.
    private static string Newest(string kind, string inside) => Directory.GetDirectories(Path.Combine(DotNet, kind))
        .Where(folder => Path.Exists(Path.Combine(folder, inside)))
        .OrderByDescending(folder => Version.TryParse(Path.GetFileName(folder), out var version) ? version : new Version(0, 0))
        .Select(folder => Path.Combine(folder, inside))
        .First();

    private static IEnumerable<string> Documents() => Directory.GetFiles(Root, "*.md")
        .Concat(Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
        .Concat(Directory.GetFiles(Path.Combine(Root, "src"), "*.md", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(Root, file))
        .Order(StringComparer.Ordinal);

    private static string Here([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;

    [GeneratedRegex("^```(csharp|cs|c#)[^\n]*\n(?<code>.*?)^```",
        RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Block();
}
