using System.Text;

namespace CloudStream.Cli.Tests.Processes;

internal sealed record ProcessOutcome(int ExitCode, byte[] OutputBytes, string Error)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    /// <summary>Fails with what the command said on standard error.</summary>
    public ProcessOutcome Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Error}{Output}");
        return this;
    }
}
