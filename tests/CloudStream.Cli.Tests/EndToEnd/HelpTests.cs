using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

public sealed class HelpTests
{
    public static TheoryData<string> Commands => [.. Paths(CloudStreamCommand.Create(), "")];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task EveryCommandHasHelpWithExamplesThatBeginWithItsName(string path)
    {
        ProcessOutcome help = await CloudStreamProcess.RunAsync(
            null, [.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        string[] examples = [.. help.Succeeded().Output.Split('\n').SkipWhile(l => l != "Examples:").Skip(1).Where(l => l.Length > 0)];
        Assert.NotEmpty(examples);
        Assert.All(examples, e => Assert.Contains($"cloudstream{path}", e, StringComparison.Ordinal));
    }

    [Fact]
    public async Task TheVersionIsPrinted() =>
    Assert.Matches(@"^cloudstream \d+\.\d+\.\d+\n$", (await CloudStreamProcess.RunAsync(null, "--version")).Succeeded().Output);

    [Fact]
    public async Task ACommandThatDoesNotExistIsExitCodeTwo()
    {
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(null, "prodce");
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
    }

    private static IEnumerable<string> Paths(System.CommandLine.Command command, string path)
    {
        yield return path;
        foreach (System.CommandLine.Command child in command.Subcommands)
        {
            foreach (string below in Paths(child, $"{path} {child.Name}"))
                yield return below;
        }
    }
}
